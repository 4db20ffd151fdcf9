"""Messages in which hooks speak to the model.  [SESSION-HISTORY-11]"""

from xml.etree import ElementTree

from rollout_reference.session.history.answer import HookFragment
from rollout_reference.session.items.content import InputText
from rollout_reference.session.items.response_items import Message

_ELEMENT = "hook_prompt"


def fragments_of(message: Message) -> list[HookFragment]:
    """Return what hooks said if every part of a message is one fragment of that, else nothing."""
    found = [_fragment(part.text) if isinstance(part, InputText) else None for part in message.content]
    fragments = [fragment for fragment in found if fragment is not None]
    return fragments if len(fragments) == len(found) else []


def _fragment(text: str) -> HookFragment | None:
    text = text.strip()
    if not text.startswith(f"<{_ELEMENT}") or "<!" in text:
        return None
    try:
        element = ElementTree.fromstring(text)  # noqa: S314  (no declarations, so no entities)
    except ElementTree.ParseError:
        return None
    hook_run_id = element.get("hook_run_id", "")
    is_prompt = element.tag == _ELEMENT and bool(hook_run_id.strip()) and len(element) == 0
    return HookFragment(element.text, hook_run_id) if is_prompt and element.text else None
