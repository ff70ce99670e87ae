"""Posts events made by the CloudEvents SDK for Python, in each mode of the HTTP binding.

Usage: cloudevents_post.py URL; the key stands in CASETRAIL_KEY. Prints, for the structured, the
binary and the batched mode, status and body of the answer: one JSON object a line.
"""

import json
import os
import sys
import urllib.error
import urllib.request
from datetime import datetime, timezone

from cloudevents.core.bindings.http import to_binary_event, to_structured_event
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent


def event(number):
    """A child's removal; the identifier has what headers must encode."""
    return CloudEvent(
        attributes={
            "specversion": "1.0",
            "source": "sdk-extract",
            "id": f"Æ {number}%",
            "type": "casetrail.removal.recorded.v1",
            "subject": f"child/SDK-{number}",
            "effectiveon": "2023-02-15",
            # The SDK would say now, and one event must be the same when it is sent again.
            "time": datetime(2023, 2, 16, 12, tzinfo=timezone.utc),
            "datacontenttype": "application/json",
        },
        data={"removal_id": "R1"},
    )


def post(mode, headers, body):
    headers = {**headers, "Authorization": f"Bearer {os.environ['CASETRAIL_KEY']}"}
    body = body.encode() if isinstance(body, str) else body
    request = urllib.request.Request(sys.argv[1], data=body, headers=headers, method="POST")
    try:
        with urllib.request.urlopen(request) as answer:
            status, text = answer.status, answer.read()
    except urllib.error.HTTPError as refused:
        status, text = refused.code, refused.read()
    print(json.dumps({"mode": mode, "status": status, "body": json.loads(text)}))


structured = to_structured_event(event(1))
post("structured", structured.headers, structured.body)
binary = to_binary_event(event(2))
post("binary", binary.headers, binary.body)
written = [JSONFormat().write(event(number)) for number in (2, 3)]
items = [text if isinstance(text, str) else text.decode() for text in written]
post("batch", {"Content-Type": "application/cloudevents-batch+json"}, f"[{','.join(items)}]")
