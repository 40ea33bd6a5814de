"""Before the vote: Phụ lục 03, the self-report form of a person, and the rows of Phụ lục 02's checklist.

The words are the plan's own (Phụ lục 02 and 03), in Vietnamese whatever the language of the messages: the
forms are filled in and handed in as they are.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Final

from omr.report.paper import Gap, Paper, Signature, Signatures, Text, centered

if TYPE_CHECKING:
    from collections.abc import Iterator

    from layouts.content import Person
    from omr.election import Election

#: Phụ lục 02, danh mục hồ sơ.
DOSSIER: Final = (
    "Báo cáo của người được lấy phiếu tín nhiệm",
    ("Bản kê khai tài sản, thu nhập theo mẫu hiện hành (có ký xác nhận của người kê khai và người nhận)"),
    "Báo cáo giải trình theo yêu cầu của cấp có thẩm quyền hoặc của người ghi phiếu (nếu có)",
)

#: Phụ lục 03, the paragraph before the report.
BASIS: Final = (
    "Căn cứ vào Quy định số 96-QĐ/TW, ngày 02/02/2023 của Bộ Chính trị về việc lấy phiếu tín "
    "nhiệm đối với chức danh, chức vụ lãnh đạo, quản lý trong hệ thống chính trị; Kế hoạch "
    "số 96-KH/TU ngày 02/8/2023 của Ban Thường vụ Tỉnh ủy; Kế hoạch số 140-KH/HU, ngày "
    "31/10/2023 của Ban Thường vụ Huyện ủy về việc lấy phiếu tín nhiệm giữa nhiệm kỳ "
    "2020-2025 đối với cán bộ diện Ban Thường vụ Tỉnh ủy và Ban Thường vụ Huyện ủy quản lý; "
    "tôi xin báo cáo như sau:"
)

#: Phụ lục 03, what is reported: each heading with its points.
SECTIONS: Final = (
    (
        "1. Phẩm chất chính trị, đạo đức, lối sống, ý thức tổ chức kỷ luật",
        (
            (
                "- Lập trường, quan điểm, bản lĩnh chính trị trong thực hiện chủ trương, đường lối "
                "của Đảng, chính sách, pháp luật của Nhà nước; giữ gìn phẩm chất chính trị, đạo đức, "
                "lối sống; tinh thần trách nhiệm trong công việc, thái độ phục vụ Nhân dân; liêm "
                "chính, trung thực, công tâm, khách quan trong thực hiện nhiệm vụ được giao."
            ),
            (
                "- Ý thức tổ chức kỷ luật, việc chấp hành các nguyên tắc tổ chức và hoạt động của "
                "Đảng, nhất là nguyên tắc tập trung dân chủ, tự phê bình và phê bình; chấp hành sự "
                "phân công của tổ chức; thực hiện các quy định, quy chế của cấp ủy, tổ chức đảng, cơ "
                "quan, đơn vị nơi công tác; khả năng quy tụ, đoàn kết nội bộ và xử lý những vấn đề "
                "khó, phức tạp, nhạy cảm."
            ),
            (
                "- Kết quả lãnh đạo, chỉ đạo thực hiện chủ trương của Đảng về đấu tranh phòng, chống "
                "tham nhũng, tiêu cực, những điều đảng viên không được làm và trách nhiệm nêu gương; "
                "sự gương mẫu của bản thân và vợ, chồng, con trong việc chấp hành chính sách, pháp "
                "luật của Nhà nước; việc thường xuyên giữ mối liên hệ với cấp ủy nơi cư trú."
            ),
        ),
    ),
    (
        (
            "2. Kết quả thực hiện chức trách, nhiệm vụ được giao (tính từ đầu nhiệm kỳ đến thời điểm "
            "lấy phiếu)"
        ),
        (
            (
                "- Kết quả lãnh đạo, tham mưu tổ chức thực hiện chủ trương, đường lối của Đảng, "
                "chính sách, pháp luật của Nhà nước trong lĩnh vực, phạm vi phụ trách; tính năng "
                "động, đổi mới, sáng tạo, quyết đoán, dám nghĩ, dám làm, dám chịu trách nhiệm trong "
                "việc thực hiện nhiệm vụ được giao."
            ),
            (
                "- Số lượng, chất lượng sản phẩm, hiệu quả thực hiện chức trách, nhiệm vụ được giao; "
                "mức độ hoàn thành nhiệm vụ của các tổ chức, cơ quan, đơn vị trực thuộc."
            ),
            (
                "- Kết quả lãnh đạo công tác cán bộ; đấu tranh phòng, chống tham nhũng, tiêu cực; "
                "công tác kiểm tra, giám sát; giải quyết đơn, thư khiếu nại, tố cáo trong lĩnh vực, "
                "phạm vi phụ trách."
            ),
        ),
    ),
    (
        "3. Hạn chế và giải pháp khắc phục",
        (),
    ),
    (
        (
            "4. Báo cáo, giải trình các nội dung mà cấp có thẩm quyền hoặc người ghi phiếu tín nhiệm "
            "yêu cầu (nếu có)"
        ),
        (),
    ),
)

#: Dots to write on, one line.
DOTS: Final = "." * 150


def self_report(election: Election, person: Person) -> Paper:
    """Phụ lục 03 for one person: name, position and session are filled in, the report is theirs."""
    where = f"{election.place or '.....'}, ngày      tháng      năm {election.year}"
    return Paper(
        title=f"Phụ lục 03 - {person.name}",
        author=election.agency,
        left=(centered("CƠ QUAN, ĐƠN VỊ", bold=True), centered("." * 40)),
        right=(centered(where, italic=True),),
        body=(
            Text("BÁO CÁO", bold=True, align="center", after=0, size=14),
            Text("CỦA NGƯỜI ĐƯỢC LẤY PHIẾU TÍN NHIỆM", bold=True, align="center", after=0),
            Text(f"Tại: {election.meeting or '.....'}", bold=True, align="center"),
            Gap(2),
            Text(f"Kính gửi: {election.voters or '.....'}.", align="center"),
            Text(f"- Tôi là: {person.name}", indent=True),
            Text(f"- Chức vụ: {person.position}", indent=True),
            Text("- Đơn vị công tác: " + "." * 104, indent=True),
            Text(BASIS, align="justify", indent=True),
            *(block for head, points in SECTIONS for block in _section(head, points)),
            Signatures(Signature(""), Signature("NGƯỜI BÁO CÁO", "(Ký và ghi rõ họ, tên)", person.name)),
        ),
    )


def _section(head: str, points: tuple[str, ...]) -> Iterator[Text]:
    yield Text(head, bold=True, align="justify", indent=True, keep=True)
    for point in points or ("",):
        if point:
            yield Text(point, align="justify", indent=True, keep=True)
        yield Text(DOTS, size=12)
        yield Text(DOTS, size=12)


def file_name(person: Person) -> str:
    """A file name of a person that every system takes: number and name in plain letters.

    >>> from layouts.content import Person
    >>> file_name(Person(3, "Đặng Thị Ước", ""))
    'phu-luc-03-03-dang-thi-uoc.docx'
    """
    plain = unicodedata.normalize("NFD", person.name.replace("Đ", "D").replace("đ", "d"))
    letters = plain.encode("ascii", "ignore").decode("ascii").lower()
    slug = re.sub(r"[^a-z0-9]+", "-", letters).strip("-")[:60]
    return f"phu-luc-03-{person.number:02d}-{slug or 'x'}.docx"
