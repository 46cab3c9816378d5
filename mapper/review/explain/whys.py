"""A step to what it came to, and why."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from msgspec import structs

from mapper.base.json import encode
from mapper.engine.nodes import Conversion, Key
from mapper.engine.trace import Spot, Step
from mapper.records.diagnostic import Place
from mapper.records.explanation import Kind, State, Why
from mapper.records.spec import Const, Eval, First, Guard, If, Let, Node, Refine, Take
from mapper.review.explain.spots import Spots, held
from mapper.review.explain.story import Story
from mapper.review.explain.words import modifiers, node_text, one_line, refined
from mapper.review.leaves import MISSING, at, leaves, path_text


class Whys:
    """Puts the steps of one story into words.

    Args:
        story: The call and its steps.
        share: The step that gave the object of which ``$take`` takes, and ``rest`` is what is left.
    """

    def __init__(self, story: Story, share: Step | None = None) -> None:
        self.story = story
        self.share = share
        self._spots = Spots(story, self.of)

    def of(self, step: Step) -> Why:
        """Why a step came to what it did."""
        match step.part:
            case Spot():
                why = self._spots.of(step, step.part)
                return self._rest(step, why) if _is_rest(step) else why
            case Eval():
                return self.of(step.steps[0])
            case Guard():
                return held(self.of(step.steps[0]), step.steps[0])
            case Let(name, node):
                inner = self.of(step.steps[0])
                return self._why("name", step, f"{name}: {node_text(node)}", node.place, [inner])
            case Key() | Conversion():
                raise AssertionError("told with the node they stand in")
            case _:
                return self._node(step, step.part)

    def _node(self, step: Step, node: Node) -> Why:
        text, place = node_text(node), node.place
        match node:
            case Const():
                return self._why("constant", step, text, place)
            case First(nodes):
                return self._why("choice", step, text, place, [self._tried(step, arm) for arm in nodes])
            case If():
                return self._why("made", step, text, place, self._branches(step))
            case Take():
                return self._why("choice", step, text, place, [*self._keys(step, node), *self._unreached(step, node)])
            case Refine():
                return self._refine(step, node)
        return self._why("made", step, text, place, [self.of(inner) for inner in step.steps])

    def _why(self, kind: Kind, step: Step, text: str, place: Place, parts: Iterable[Why] = ()) -> Why:
        state: State = "failed" if step.error else "nothing" if step.value is None and not step.kept else "gave"
        fault = ""
        if step.error is not None and not any(inner.error is step.error for inner in step.steps):
            fault = one_line(str(step.error))
        return Why(kind=kind, text=text, place=place, state=state, value=step.value, note=fault, parts=tuple(parts))

    def _tried(self, step: Step, node: Node) -> Why:
        """An alternative, whether it was tried or not."""
        done = next((inner for inner in step.steps if inner.part is node), None)
        if done is not None:
            return self.of(done)
        return Why(kind="made", text=node_text(node), place=node.place, state="untried")

    def _branches(self, step: Step) -> Iterator[Why]:
        condition, *taken = step.steps
        yield held(self.of(condition), condition)
        yield from map(self.of, taken)

    def _keys(self, step: Step, node: Take) -> Iterator[Why]:
        source = None if self.share is None else self.share.value
        for inner in step.steps:
            if not isinstance(inner.part, Key):
                continue
            path = inner.part.path
            raw = at(source, path)
            found = self.share and self.story.origin(self.share, path)
            made = self.share is not None and found is None and raw is not MISSING
            note = "absent" if raw is MISSING else "null" if raw is None else _conversions(inner.steps)
            yield Why(
                kind="made" if made else "read",
                text=".".join(path),
                place=node.place,
                state="nothing" if inner.value is None else "gave",
                value=None if raw is MISSING else raw,
                note=note,
                path=None if made else path_text(found or path),
                parts=(self.of(self.share),) if made and self.share else (),
            )

    def _unreached(self, step: Step, node: Take) -> Iterator[Why]:
        done = {inner.part.written for inner in step.steps if isinstance(inner.part, Key)}
        for key in node.keys:
            if key not in done:
                yield Why(kind="read", text=key, place=node.place, state="untried")

    def _refine(self, step: Step, node: Refine) -> Why:
        """What stands inside, with what was done to it; around that what stands in for nothing."""
        inner = self._converted(step, node)
        if node.default is None:
            return inner
        text = f"$default {node_text(node.default)}"
        default = next((self.of(each) for each in step.steps if each.part is node.default), None)
        if default is None:
            default = Why(kind="constant", text=text, place=node.default.place, state="untried")
        return self._why("default", step, node_text(node), node.place, [inner, structs.replace(default, text=text)])

    def _converted(self, step: Step, node: Refine) -> Why:
        inner, text = self.of(step.steps[0]), refined(node)
        converted = next((each for each in step.steps if isinstance(each.part, Conversion)), None)
        if converted is None:  # it had no value, or its keys tell what was done to theirs
            return structs.replace(inner, text=text) if modifiers(node) else inner
        note = "" if converted.value is not None else _conversions([converted])
        return structs.replace(self._why("made", converted, text, node.place, [inner]), note=note)

    def left(self, step: Step, name: str) -> Why | None:
        """Why what is left of a shared object has a field, where a step hands that on as it is."""
        while not isinstance(step.part, Spot):
            handed = [inner for inner in self.story.steps(step) if inner.value is step.value]
            if not handed:
                return None
            step = handed[0]
        return self._rest(step, self._spots.of(step, step.part), name) if _is_rest(step) else None

    def _rest(self, step: Step, why: Why, name: str | None = None) -> Why:
        """What no field took, or one field of it, each value with where it stands in the call."""
        if self.share is None or not isinstance(step.value, dict):
            return why
        parts = []
        for path, value in leaves(step.value):
            found = self.story.origin(self.share, path)
            if (
                path and name in (None, path[0]) and at(self.share.value, path) == value
            ):  # else fields took what was in it
                text, at_ = path_text(found or path), path_text(found) if found else None
                parts.append(Why(kind="read", text=text, place=why.place, state="gave", value=value, path=at_))
        return structs.replace(why, kind="made", path=None, note="what no field took", parts=tuple(parts))


def _is_rest(step: Step) -> bool:
    """Whether a step reads the name ``rest``."""
    tree = step.part.tree if isinstance(step.part, Spot) else None
    return tree is not None and tree.kind == "field" and tree.value == "rest" and step.rooted


def _conversions(steps: Iterable[Step]) -> str:
    """What conversions did to a value, in words; empty where it stayed as it was."""
    said = []
    for step in steps:
        if isinstance(step.part, Conversion):
            what = " ".join(modifiers(step.part.node))
            if step.value is None:
                said.append(f"refused by {what}")
            elif type(step.value) is not type(step.given) or step.value != step.given:
                said.append(f"{what}: {_short(step.value)}")
    return ", ".join(said)


def _short(value: Any) -> str:
    text = encode(value).decode()
    return text if len(text) <= 60 else text[:57] + "..."
