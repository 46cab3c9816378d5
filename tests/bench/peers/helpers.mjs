// What the templates call. Absent is undefined throughout, so that JSON.stringify leaves the field out.

const MAIL = /^[^@\s]+@[^@\s]+\.[^@\s]+$/;
const DATE = /^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}(?::?\d{2})?)?)?$/;

export const onlyText = (value) => (typeof value === "string" && value.trim() !== "" ? value : undefined);
export const text = (value) => (typeof value === "number" ? String(value) : onlyText(value));
export const id = (value) => (Number.isInteger(value) ? String(value) : onlyText(value));
export const number = (value) => (typeof value === "number" ? value : undefined);
export const boolean = (value) => (typeof value === "boolean" ? value : undefined);
export const trim = (value) => (typeof value === "string" ? value.trim() || undefined : undefined);
export const address = (value) => (typeof value === "string" && MAIL.test(value) ? value : undefined);
export const firstWord = (value) => (typeof value === "string" ? value.trim().split(/\s+/)[0] || undefined : undefined);

export function otherWords(value) {
  const found = typeof value === "string" ? /^\s*\S+\s+(\S.*)$/s.exec(value) : null;
  return found ? found[1].trimEnd() : undefined;
}

// Milliseconds since the epoch.
export function date(value) {
  if (typeof value === "number") return value < 1e11 ? value * 1000 : value;
  const found = typeof value === "string" ? Date.parse(value) : NaN;
  return Number.isNaN(found) ? undefined : found;
}

export function ruledOut(integrations) {
  if (!integrations) return false;
  return "Natero" in integrations ? integrations.Natero === false : integrations.All === false;
}

// Traits, and the dotted paths of those that were used.
export function person(call) {
  const { userId, anonymousId, ...cached } = call.context?.traits ?? {};
  return { source: { ...cached, ...call.traits }, used: new Set(accountTrait(call, false)) };
}

export const organisation = (call) => ({ source: call.traits ?? {}, used: new Set(accountTrait(call, true)) });

// The trait that gave the account's id, in an array, or nothing.
function accountTrait(call, group) {
  if ((group && id(call.groupId)) || id(call.context?.groupId)) return [];
  const { traits, properties } = call;
  const cached = call.context?.traits;
  if (id(traits?.account_id)) return ["account_id"];
  if (id(traits?.accountId)) return ["accountId"];
  if (id(properties?.account_id) || id(properties?.accountId)) return [];
  if (id(cached?.account_id)) return group ? [] : ["account_id"];
  if (id(cached?.accountId)) return group ? [] : ["accountId"];
  return id(traits?.company?.id) || (!group && id(cached?.company?.id)) ? ["company.id"] : [];
}

export function take(traits, convert, key, inner) {
  let value = traits.source[key];
  if (inner !== undefined) value = value?.[inner];
  if (value === undefined || value === null) return undefined;
  value = convert(value);
  if (value !== undefined) traits.used.add(inner === undefined ? key : `${key}.${inner}`);
  return value;
}

// The attributes found, and custom dimensions for all that none of them used.
export function withDimensions(attributes, traits) {
  const labels = [];
  const values = [];
  const events = [];
  share(traits.source, "", traits.used, labels, values, events);
  if (labels.length) attributes.custom_label_dimensions = labels;
  if (values.length) attributes.custom_value_dimensions = values;
  if (events.length) attributes.custom_event_dimensions = events;
  return attributes;
}

function share(fields, prefix, used, labels, values, events) {
  for (const name in fields) {
    const key = prefix + name;
    const value = fields[name];
    if (value === null || used.has(key)) continue;
    if (typeof value === "string") {
      const moment = DATE.test(value) ? Date.parse(value) : NaN;
      if (!Number.isNaN(moment)) events.push({ key, value: moment });
      else if (value.trim() !== "") labels.push({ key, value });
    } else if (typeof value === "number") values.push({ key, value });
    else if (typeof value === "boolean") labels.push({ key, value: String(value) });
    else if (Array.isArray(value)) labels.push({ key, value: value.join(",") });
    else share(value, `${key}.`, used, labels, values, events);
  }
}
