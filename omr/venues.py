"""The three places where the plan has votes taken, and what a ballot says there (plan, II.3 and III.4).

Data of the plan, written into election.toml by `omr init`, where the board may change every word. In
Vietnamese whatever the language of the messages: it is printed on the ballot.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Venue:
    """What a ballot says at one place.

    Attributes:
        meeting: the session's name.
        agency: whose seal hangs on the ballot.
        voters: (1) on the ballot, thành phần ghi phiếu.
        subjects: (2) on the ballot, chức danh được lấy phiếu.
    """

    meeting: str
    agency: str
    voters: str
    subjects: str


#: Plan, II.3; the seal by III.4.1 and III.4.3.
VENUES: Final[dict[str, Venue]] = {
    "BCH": Venue(
        meeting="Hội nghị Ban Chấp hành Đảng bộ huyện",
        agency="HUYỆN ỦY",
        voters="các đồng chí ủy viên Ban Chấp hành Đảng bộ huyện",
        subjects="Bí thư, Phó Bí thư, Ủy viên Ban Thường vụ Huyện ủy",
    ),
    "HDND": Venue(
        meeting="Kỳ họp Hội đồng nhân dân huyện",
        agency="HỘI ĐỒNG NHÂN DÂN HUYỆN",
        voters="các đại biểu Hội đồng nhân dân huyện",
        subjects="các chức danh do Hội đồng nhân dân huyện bầu hoặc phê chuẩn",
    ),
    "HNCB": Venue(
        meeting="Hội nghị cán bộ huyện",
        agency="HỘI ĐỒNG NHÂN DÂN HUYỆN",
        voters=(
            "Chủ tịch HĐND huyện; Chủ tịch, Phó Chủ tịch UBND huyện; Trưởng các Ban của HĐND huyện; "
            "Trưởng các cơ quan, đơn vị thuộc UBND huyện"
        ),
        subjects="Phó Chủ tịch UBND huyện (không là Ủy viên Ban Thường vụ Huyện ủy), Ủy viên UBND huyện",
    ),
}

#: Who gets a copy of the minutes: by III.4.1 and III.4.3. For the council's session the plan names nobody
#: (its report goes to the Standing Committee through the Organisation Board, IV.2).
MINUTES_TO: Final[dict[str, tuple[str, ...]]] = {
    "BCH": ("Ban Thường vụ Tỉnh ủy", "Ban Thường vụ Tỉnh ủy", "Lưu tại Huyện ủy"),
    "HDND": (
        "Thường trực Hội đồng nhân dân huyện",
        "Ban Thường vụ Huyện ủy (qua Ban Tổ chức Huyện ủy)",
        "Lưu hồ sơ kỳ họp",
    ),
    "HNCB": ("Ban Tổ chức Huyện ủy", "Ban Tổ chức Huyện ủy", "Lưu tại phòng Nội vụ huyện"),
}
MINUTES_TO_ELSEWHERE: Final = ("Cấp có thẩm quyền quản lý cán bộ", "Cơ quan tổ chức cán bộ", "Lưu")

#: What a ballot says at a place of which the plan does not speak.
ELSEWHERE: Final = Venue(
    meeting="Hội nghị",
    agency="TÊN CƠ QUAN, ĐƠN VỊ",
    voters="các đại biểu dự hội nghị",
    subjects="các chức danh có tên trong phiếu",
)

#: Phụ lục 04, the paragraph above the table.
BASIS: Final = (
    "Thực hiện Quy định số 96-QĐ/TW, ngày 02/02/2023 của Bộ Chính trị về việc lấy phiếu tín nhiệm đối với "
    "các chức danh, chức vụ lãnh đạo, quản lý trong các cơ quan, đơn vị, tổ chức trong hệ thống chính trị; "
    "Kế hoạch số 96-KH/TU ngày 02/8/2023 của Ban Thường vụ Tỉnh ủy; Kế hoạch số 140-KH/HU, ngày 31/10/2023 "
    "của Ban Thường vụ Huyện ủy về việc lấy phiếu tín nhiệm giữa nhiệm kỳ 2020-2025; đề nghị đồng chí thể "
    "hiện sự tín nhiệm của mình đối với các đồng chí có tên dưới đây bằng cách đánh dấu (X) vào ô tương ứng:"
)

#: `omr init` without a roster: names that nobody bears, to be replaced.
EXAMPLE_PEOPLE: Final = (
    ("Nguyễn Văn Ví Dụ", "Bí thư Huyện ủy"),
    ("Trần Thị Thí Dụ", "Phó Bí thư Thường trực Huyện ủy"),
    ("Lê Văn Mẫu", "Phó Bí thư Huyện ủy, Chủ tịch UBND huyện"),
    ("Phạm Thị Thử Nghiệm", "Ủy viên Ban Thường vụ Huyện ủy, Chủ tịch HĐND huyện"),
    ("Hoàng Văn Minh Họa", "Ủy viên Ban Thường vụ Huyện ủy, Trưởng Ban Tổ chức Huyện ủy"),
)
