"""Reads exports with programs that are not ours and prints what they found, as JSON.

    read.py FOLDER      with results.parquet, results.xlsx, results.dfq, results.jsonl and results.csv
"""
import contextlib
import json
import sys

import duckdb
import openpyxl
import pyarrow.parquet
from aqdefreader import read_dfq_file

folder = sys.argv[1]
found = {}

table = pyarrow.parquet.read_table(f"{folder}/results.parquet")
found["pyarrow"] = {
    "types": {field.name: str(field.type) for field in table.schema},
    "part_id": table["part_id"].to_pylist(),
    "triggered_at": [at.isoformat() for at in table["triggered_at"].to_pylist()],
    "score": table["score"].to_pylist(),
    "local": table["triggered_at_local"].to_pylist(),
}


def duck(question):
    return duckdb.sql(question).fetchall()


found["duckdb"] = {
    "parquet": duck(f"select part_id, verdict, epoch_us(triggered_at) from '{folder}/results.parquet' where gap is null order by id"),
    "jsonl": duck(f"select part_id, verdict, len(findings) from read_json('{folder}/results.jsonl') where gap is null order by id"),
    "csv": duck(
        f"select part_id, verdict from read_csv('{folder}/results.csv', all_varchar=true) where gap is null order by id::bigint"
    ),
}

book = openpyxl.load_workbook(f"{folder}/results.xlsx")
parts = book["Parts"]
head = [cell.value for cell in parts[1]]
rows = [dict(zip(head, [cell.value for cell in row])) for row in parts.iter_rows(min_row=2)]
found["openpyxl"] = {
    "sheets": book.sheetnames,
    "part_id": [row["part_id"] for row in rows],
    "kinds": sorted({cell.data_type for row in parts.iter_rows(min_row=2) for cell in row}),
    "triggered_at": [row["triggered_at"].isoformat() for row in rows],
    "charts": len(book["Summary"]._charts),
    "images": len(parts._images),
}

with contextlib.redirect_stdout(sys.stderr):
    dfq = read_dfq_file(f"{folder}/results.dfq")
part = dfq.get_part(0)
verdicts = part.get_characteristic_by_index(1).get_measurements()
scores = part.get_characteristic_by_index(2).get_measurements()
found["aqdefreader"] = {
    "parts": dfq.part_count(),
    "style": part.get_data("K1001"),
    "verdicts": [[of.batch_no, of.subgroup_size, of.error_count, of.datetime.isoformat()] for of in verdicts],
    "scores": [[of.batch_no, of.value] for of in scores],
}
json.dump(found, sys.stdout)
