"""The papers of the result: Phụ lục 05 as PDF, DOCX and XLSX, results.csv and the chart.

`wording` says what stands in the report; each of the others writes that same wording in one format.
"""
