"""An application service made with mautrix: says when it is there, and prints what it got when it has some of each kind.

Arguments: base URL, registration as JSON, room to join."""

import asyncio
import json
import sys
import urllib.parse

from mautrix.appservice import AppService
from mautrix.appservice.state_store import ASStateStore
from mautrix.client.state_store.memory import MemoryStateStore


class MemoryStore(ASStateStore, MemoryStateStore):
    def __init__(self):
        ASStateStore.__init__(self)
        MemoryStateStore.__init__(self)


async def main(base_url, registration, room_id):
    ghost_id = f"@{registration['sender_localpart']}_ghost:one.test"
    got = {"said": [], "ephemeral": [], "to device": [], "one-time keys": {}}
    is_enough = asyncio.Event()

    def look():
        if got["said"] and {"m.typing", "m.receipt"} <= set(got["ephemeral"]) and got["to device"]:
            is_enough.set()

    appservice = AppService(
        server=base_url,
        domain="one.test",
        as_token=registration["as_token"],
        hs_token=registration["hs_token"],
        bot_localpart=registration["sender_localpart"],
        id=registration["id"],
        state_store=MemoryStore(),
        ephemeral_events=True,
        encryption_events=True,
    )

    async def on_event(event):
        kind = str(event.type)
        if kind == "m.room.message" and event.sender != ghost_id:
            got["said"].append(event.content.body)
        elif kind in ("m.typing", "m.receipt"):
            got["ephemeral"].append(kind)
        look()

    async def on_to_device(event):
        data = event.serialize()
        got["to device"].append([str(data["type"]), data["to_user_id"], data["to_device_id"]])
        look()

    async def on_counts(counts):
        for user_id, devices in counts.items():
            for device_id, count in devices.items():
                got["one-time keys"][f"{user_id} {device_id}"] = count.signed_curve25519

    appservice.matrix_event_handler(on_event)
    appservice.to_device_handler = on_to_device
    appservice.otk_handler = on_counts
    await appservice.start("127.0.0.1", urllib.parse.urlparse(registration["url"]).port)
    appservice.ready = True
    ghost = appservice.intent.user(ghost_id)
    await appservice.intent.ensure_registered()
    await ghost.ensure_registered()
    await ghost.create_device_msc4190("PHONE", "phone")
    await ghost.ensure_joined(room_id)
    print(json.dumps({"ping": await appservice.ping_self("hello") >= 0, "user": ghost_id}), flush=True)
    await asyncio.wait_for(is_enough.wait(), 60)
    await ghost.send_text(room_id, "thank you")
    print(json.dumps(got), flush=True)
    await appservice.stop()


asyncio.run(main(sys.argv[1], json.loads(sys.argv[2]), sys.argv[3]))
