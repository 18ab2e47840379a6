"""What others compute: reads what the station's statistics said as JSON, and says where it differs."""

import json
import sys
import warnings

import numpy as np
from capstat_core.sampling_scheme import apply_switching_rules
from pccpy import laney_p_chart, p_chart
from pccpy.acceptance import _letra_codigo, _plan_z14
from scipy.stats import beta
from statsmodels.stats.inter_rater import cohens_kappa, fleiss_kappa

warnings.simplefilter("ignore")
said = json.load(sys.stdin)
differing = []


def same(what, found, expected, within=1e-6):
    if found is None or abs(found - expected) > within:
        differing.append(f"{what}: {found}, others say {expected}")


for count, of, low, high in said["intervals"]:
    same(f"low of {count}/{of}", low, beta.ppf(0.025, count, of - count + 1) if count else 0.0, 1e-9)
    same(f"high of {count}/{of}", high, beta.ppf(0.975, count + 1, of - count) if count < of else 1.0, 1e-9)

for each in said["charts"]:
    chart = {"p": p_chart, "laney": laney_p_chart}[each["kind"]](each["rejects"], each["parts"])
    panel = chart.panels[0] if hasattr(chart, "panels") else chart
    for index, (low, high) in enumerate(each["limits"]):
        same(f"{each['kind']} low {index}", low, max(0.0, float(np.broadcast_to(panel.lcl, len(each["limits"]))[index])))
        same(f"{each['kind']} high {index}", high, min(1.0, float(np.broadcast_to(panel.ucl, len(each["limits"]))[index])))

for lot, level, aql, letter, sample, accept in said["plans"]:
    n, ac = _plan_z14(_letra_codigo(lot, level), aql)
    if (min(n, lot), ac) != (sample, accept):
        differing.append(f"plan of {lot}, level {level}, {aql} %: {letter} {sample} {accept}, others say {n} {ac}")

for lots, may_reduce, severities in said["switching"]:
    history = apply_switching_rules([bool(lot) for lot in lots], reduced_inspection_authorised=may_reduce)
    found = [step.severity for step in history.steps]
    if found != severities:
        differing.append(f"switching of {lots}: {severities}, others say {found}")

for table, value, low, high in said["kappas"]:
    kappa = cohens_kappa(np.array(table))
    same(f"kappa of {table}", value, kappa.kappa)
    same(f"low of {table}", low, max(-1.0, kappa.kappa_low), 1e-5)
    same(f"high of {table}", high, min(1.0, kappa.kappa_upp), 1e-5)

for counts, value in said["fleiss"]:
    same("Fleiss", value, fleiss_kappa(np.array(counts)))

print("\n".join(differing) or "all the same")
sys.exit(1 if differing else 0)
