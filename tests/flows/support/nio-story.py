"""Two people who use matrix-nio: prints, as one JSON object, what each of them found. Arguments: base URL, three user names; the third person never comes."""

import asyncio
import json
import sys

import nio
from nio.api import RelationshipType


def need(response):
    """The response, or the end of the story where it is an error."""
    if isinstance(response, nio.ErrorResponse):
        raise RuntimeError(f"{type(response).__name__}: {response.status_code} {response.message}")
    return response


async def sign_up(base_url, name):
    newcomer = nio.AsyncClient(base_url, name)
    need(await newcomer.register(name, "wonderland", device_name="phone"))
    await newcomer.close()
    client = nio.AsyncClient(base_url, name)
    need(await client.login("wonderland", device_name="laptop"))
    return client


async def say(client, room_id, body, **more):
    content = {"msgtype": "m.text", "body": body, **more}
    return need(await client.room_send(room_id, "m.room.message", content)).event_id


async def follow(client, room_id, is_enough, sync_filter):
    """Syncs on until the events of the room's timeline are enough; gives them and how many state events came with them."""
    events, members = [], set()
    while not is_enough(events):
        joined = need(await client.sync(timeout=30000, sync_filter=sync_filter)).rooms.join.get(room_id)
        if joined is None:
            continue
        events.extend(joined.timeline.events)
        members.update(event.state_key for event in joined.state if isinstance(event, nio.RoomMemberEvent))
    return events, members


async def read_back(client, room_id):
    """Everything that was ever said, the newest first, three events a page."""
    bodies, start = [], client.next_batch
    while start:
        page = need(await client.room_messages(room_id, start, limit=3))
        bodies.extend(event.body for event in page.chunk if isinstance(event, nio.RoomMessageText))
        start = page.end if page.chunk else None
    return bodies


async def search(client, term):
    """The library has no call of its own for this."""
    body = json.dumps({"search_categories": {"room_events": {"search_term": term, "order_by": "recent"}}})
    headers = {"Authorization": f"Bearer {client.access_token}", "Content-Type": "application/json"}
    response = await client.send("POST", "/_matrix/client/v3/search", body, headers)
    found = (await response.json())["search_categories"]["room_events"]["results"]
    return [result["result"]["content"]["body"] for result in found]


async def tell(alice, bob, carol):
    found = {}
    room_id = need(await alice.room_create(name="Tea", invite=[bob.user_id, carol.user_id])).room_id
    while room_id not in bob.invited_rooms:
        need(await bob.sync(timeout=30000))
    need(await bob.join(room_id))

    lazy = {"room": {"state": {"lazy_load_members": True}, "timeline": {"limit": 5, "types": ["m.room.message"]}}}
    first = await say(alice, room_id, "the kettle is on")
    heard, members = await follow(bob, room_id, lambda events: len(events) > 0, lazy)
    found["heard"] = [event.body for event in heard]
    found["lazily loaded"] = sorted(members)

    uploaded = need(await bob.upload_filter(room={"timeline": {"not_types": ["m.reaction"]}})).filter_id
    await say(
        alice, room_id, "* the kettle sings", **{
            "m.new_content": {"msgtype": "m.text", "body": "the kettle sings"},
            "m.relates_to": {"rel_type": "m.replace", "event_id": first},
        })
    reaction = {"m.relates_to": {"rel_type": "m.annotation", "event_id": first, "key": "☕"}}
    need(await alice.room_send(room_id, "m.reaction", reaction))
    in_thread = {"rel_type": "m.thread", "event_id": first, "is_falling_back": True,
                 "m.in_reply_to": {"event_id": first}}
    reply = await say(bob, room_id, "milk?", **{"m.relates_to": in_thread})
    slip = await say(bob, room_id, "sugra?")
    need(await bob.room_redact(room_id, slip, "a slip"))
    await say(alice, room_id, "biscuits")

    def has_biscuits(events):
        return any(getattr(event, "body", None) == "biscuits" for event in events)

    heard, _ = await follow(bob, room_id, has_biscuits, uploaded)
    found["heard through the uploaded filter"] = [event.source["type"] for event in heard]
    found["redacted"] = need(await alice.room_get_event(room_id, slip)).event.source["content"]
    found["reactions"] = [
        event.key async for event in alice.room_get_event_relations(room_id, first, RelationshipType.annotation)
    ]
    found["edit"] = need(await bob.room_get_event(room_id, first)).event.source["unsigned"]["m.relations"]["m.replace"][
        "content"]["m.new_content"]["body"]
    found["threads"] = [event.event_id == first async for event in bob.room_get_threads(room_id)]
    found["in the thread"] = [
        event.event_id == reply async for event in bob.room_get_event_relations(
            room_id, first, RelationshipType.thread)
    ]
    need(await alice.sync(timeout=0))
    found["read back"] = await read_back(alice, room_id)
    while not (hits := await search(alice, "biscuits")):
        await say(alice, room_id, "more tea")
    found["searched"] = hits
    need(await bob.room_leave(room_id))
    found["members"] = [member.user_id for member in need(await alice.joined_members(room_id)).members]
    return found


async def main(base_url, *names):
    clients = [await sign_up(base_url, name) for name in names]
    try:
        print(json.dumps(await tell(*clients)))
    finally:
        for client in clients:
            need(await client.logout())
            await client.close()


asyncio.run(main(*sys.argv[1:]))
