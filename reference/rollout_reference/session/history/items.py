"""How lines that hold an item whole show it in a legacy rollout.  [SESSION-HISTORY-19]"""

from rollout_reference.session.history.conversation import put_review
from rollout_reference.session.history.reducer import Reducer, handles
from rollout_reference.session.history.whole_items import thread_item
from rollout_reference.session.items import extensions, turn_items, turn_tools
from rollout_reference.session.items.event_msg import ItemCompleted, ItemStarted

TOLD_HERE_ALONE = (
    turn_items.PlanItem,
    turn_items.HookPromptItem,
    turn_tools.CommandExecutionItem,
    turn_tools.DynamicToolCallItem,
    turn_tools.CollabAgentToolCallItem,
    turn_items.SubAgentActivityItem,
    turn_items.SleepItem,
    turn_tools.FunctionCallOutputItem,
    extensions.Extension,
)
"""Items that are taken from these lines; other events tell of the others."""

_REVIEWS = (turn_items.EnteredReviewModeItem, turn_items.ExitedReviewModeItem)


@handles(ItemStarted, ItemCompleted)
def hold(history: Reducer, event: ItemStarted | ItemCompleted) -> None:
    """Put an item into the turn that is named; without that turn only a review is shown."""
    item = event.item
    shown = thread_item(item)
    if shown is None or (isinstance(item, turn_items.PlanItem) and not item.text):
        return
    if isinstance(item, _REVIEWS):
        put_review(history, event.turn_id, shown)
    elif isinstance(item, TOLD_HERE_ALONE) and history.named(event.turn_id):
        history.put(shown, event.turn_id)
