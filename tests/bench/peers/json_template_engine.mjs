// RudderStack's JSON template engine: a template for each call type, compiled to a function once. What its language has
// no word for is a function handed in (helpers.mjs), as RudderStack's own integrations do it.

import * as helpers from "./helpers.mjs";

const ids = `
  user_id: $.id(.userId),
  account_id: $.id(.context.groupId)
    ?? $.id(.traits.account_id) ?? $.id(.traits.accountId)
    ?? $.id(.properties.account_id) ?? $.id(.properties.accountId)
    ?? $.id(.context.traits.account_id) ?? $.id(.context.traits.accountId)
    ?? $.id(.traits.company.id) ?? $.id(.context.traits.company.id),
  session_id: $.id(.anonymousId)
    ?? $.id(.context.sessionId) ?? $.id(.properties.sessionId) ?? $.id(.properties.session_id),
  created_at: $.date(.timestamp) ?? $.date(.receivedAt) ?? $.date(.originalTimestamp) ?? $.date(.sentAt)
`;

const own = (convert, names) => names.map((name) => `${name}: ${take(convert, [name])}`).join(", ");
const take = (convert, names) =>
  names.flatMap((name) => [...new Set([camel(name), name])])
    .map((path) => `$.take(traits, $.${convert}, ${path.split(".").map((key) => `"${key}"`).join(", ")})`)
    .join(" ?? ");
const camel = (name) => name.replace(/_([a-z])/g, (_, letter) => letter.toUpperCase());
const address = (prefix) => `
  ${prefix}_street: ${take("text", [`${prefix}_street`, "address.street", "address"])},
  ${prefix}_postal_code: ${take("text", [`${prefix}_postal_code`, "address.postal_code", "address.zip"])},
  ${["city", "state", "country"]
    .map((part) => `${prefix}_${part}: ${take("text", [`${prefix}_${part}`, `address.${part}`])}`)
    .join(", ")}`;

const templates = {
  track: `{
    action: "feature", ${ids},
    feature: $.trim(.event),
    module: $.onlyText(.properties.module) ?? $.onlyText(.properties.category)
      ?? $.onlyText(.context.page.title) ?? $.onlyText(.context.app.name),
    product: $.onlyText(.properties.product),
    total: (.properties.currency ?? .properties.revenue ?? .properties.order_id ?? .properties.orderId
      ?? .properties.products ?? null) === null ? $.number(.properties.total) ?? 1 : 1
  }`,
  page: `
    const category = $.trim(.category);
    const name = $.trim(.name);
    {
      action: "feature", ${ids},
      feature: category && name ? "Viewed " + category + " " + name + " Page"
        : category || name ? "Viewed " + (category ?? name) + " Page" : "Loaded a Page",
      module: $.onlyText(.category) ?? $.onlyText(.name)
        ?? $.onlyText(.properties.path) ?? $.onlyText(.context.page.path),
      total: 1
    }`,
  identify: `
    const traits = $.person(^);
    const attributes = {
      first_name: ${take("text", ["first_name"])} ?? $.take(traits, $.firstWord, "name"),
      last_name: ${take("text", ["last_name"])} ?? $.take(traits, $.otherWords, "name"),
      email: ${take("text", ["email"])} ?? $.address(.userId),
      title: ${take("text", ["title", "position", "job_title"])},
      ${address("mailing")},
      product_join_date: ${take("date", ["product_join_date", "created_at", "created"])},
      ${own("text", ["phone", "mobile_phone", "salutation", "role", "department", "source", "lead_source"])},
      ${own("text", ["contact_user_id"])},
      ${own("boolean", ["is_active"])}
    };
    {action: "identifyUser", ${ids}, details: $.withDimensions(attributes, traits)}`,
  group: `
    const traits = $.organisation(^);
    const attributes = {
      ${own("text", ["name", "billing_account_id", "support_account_id", "crm_account_id", "parent_account_id"])},
      ${own("text", ["phone", "website", "description", "industry", "sales_rep_name", "sales_rep_email", "source"])},
      ${own("text", ["stage", "state", "inactive_reason", "hierarchy_label", "latest_status_title"])},
      ${own("text", ["latest_status_details"])},
      tier: ${take("text", ["tier", "plan"])},
      ${address("billing")},
      ${own("number", ["employees", "csm_score", "current_nps_score", "current_mrr"])},
      join_date: ${take("date", ["join_date", "created_at", "created"])},
      ${own("date", ["renewal_date", "inactive_time", "latest_status_date"])},
      ${own("boolean", ["is_deleted", "is_churned"])}
    };
    const made = {action: "identifyAccount", ${ids}, details: $.withDimensions(attributes, traits)};
    made.account_id = $.id(.groupId) ?? made.account_id;
    made`,
  alias: `{
    action: "identifyUser", ${ids},
    details: {custom_label_dimensions: [{key: "previous_id", value: $.id(.previousId) ?? $.id(.anonymousId)}]}
  }`,
};

export default function prepare(require) {
  const { JsonTemplateEngine, PathType } = require("@rudderstack/json-template-engine");
  const options = { defaultPathType: PathType.SIMPLE };
  const engines = new Map(
    Object.entries(templates).map(([kind, text]) => [kind, JsonTemplateEngine.createAsSync(text, options)]),
  );
  return (calls) => calls.map((call) => {
    const engine = helpers.ruledOut(call.integrations) ? undefined : engines.get(call.type);
    const event = engine && engine.evaluate(call, helpers);
    return event && event.user_id && event.created_at !== undefined && event.created_at !== null ? event : null;
  });
}
