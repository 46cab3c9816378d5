// Segment's mapping-kit, which maps the fields of Segment's own destinations: a mapping of directives for each call type.
// Its directives know no ids, blanks, types or leftovers. Here `exists` stands for "usable"; an identify or group call's
// traits go into `details.rest` as @flatten leaves them, where dimensions should stand; times go through @liquid, the only
// way to make milliseconds of them.

const path = (name) => ({ "@path": `$.${name}` });
const first = (...names) =>
  names.reduceRight((other, name) => {
    const test = { exists: path(name), then: path(name) };
    return { "@if": other === undefined ? test : { ...test, else: other } };
  }, undefined);
const present = (name, then, otherwise) => ({ "@if": { exists: path(name), then, else: otherwise } });
const millis = (...names) =>
  names.reduceRight((other, name) => {
    const liquid = { "@liquid": `{{ ${name} | date: "%s%L" }}` };
    const test = { exists: path(name), then: { "@json": { mode: "decode", value: liquid } } };
    return { "@if": other === undefined ? test : { ...test, else: other } };
  }, undefined);

const ids = {
  user_id: path("userId"),
  session_id: first("anonymousId", "context.sessionId", "properties.sessionId", "properties.session_id"),
  created_at: millis("timestamp", "receivedAt", "originalTimestamp", "sentAt"),
};
const accounts = [
  "context.groupId", "traits.account_id", "traits.accountId", "properties.account_id", "properties.accountId",
  "context.traits.account_id", "context.traits.accountId", "traits.company.id", "context.traits.company.id",
];
const money = ["currency", "revenue", "order_id", "orderId", "products"];

const camel = (name) => name.replace(/_([a-z])/g, (_, letter) => letter.toUpperCase());
const spellings = (from, names) => names.flatMap((name) => [...new Set([camel(name), name])].map((key) => from + key));
const own = (from, names) => Object.fromEntries(names.map((name) => [name, first(...spellings(from, [name]))]));
const address = (from, prefix) =>
  Object.fromEntries(
    [["street", "street"], ["city", "city"], ["state", "state"], ["postal_code", "postal_code", "zip"], ["country", "country"]]
      .map(([part, ...inner]) => [
        `${prefix}_${part}`,
        first(...spellings(from, [`${prefix}_${part}`, ...inner.map((key) => `address.${key}`)])),
      ]),
  );

const person = "person.";
const mappings = {
  track: {
    action: "feature", ...ids, account_id: first(...accounts),
    feature: path("event"),
    module: first("properties.module", "properties.category", "context.page.title", "context.app.name"),
    product: path("properties.product"),
    total: money.reduce((other, name) => present(`properties.${name}`, 1, other), present("properties.total", path("properties.total"), 1)),
  },
  page: {
    action: "feature", ...ids, account_id: first(...accounts),
    feature: present(
      "category",
      present("name", { "@template": "Viewed {{category}} {{name}} Page" }, { "@template": "Viewed {{category}} Page" }),
      present("name", { "@template": "Viewed {{name}} Page" }, "Loaded a Page"),
    ),
    module: first("category", "name", "properties.path", "context.page.path"),
    total: 1,
  },
  identify: {
    action: "identifyUser", ...ids, account_id: first(...accounts),
    details: {
      "@transform": {
        apply: { person: { "@merge": { direction: "right", objects: [present("context.traits", path("context.traits"), {}), present("traits", path("traits"), {})] } } },
        mapping: {
          ...own(person, ["email", "phone", "mobile_phone", "salutation", "role", "department", "source", "lead_source"]),
          ...own(person, ["contact_user_id", "is_active"]),
          first_name: present("person.firstName", path("person.firstName"), present("person.first_name", path("person.first_name"),
            present("person.name", { "@liquid": '{{ person.name | split: " " | first }}' }))),
          last_name: present("person.lastName", path("person.lastName"), present("person.last_name", path("person.last_name"),
            present("person.name", { "@liquid": '{{ person.name | split: " " | slice: 1, 99 | join: " " }}' }))),
          title: first(...spellings(person, ["title", "position", "job_title"])),
          ...address(person, "mailing"),
          product_join_date: millis(...spellings(person, ["product_join_date", "created_at", "created"])),
          rest: { "@flatten": { separator: ".", omitArrays: true, value: path("person") } },
        },
      },
    },
  },
  group: {
    action: "identifyAccount", ...ids, account_id: first("groupId", ...accounts),
    details: {
      ...own("traits.", ["name", "billing_account_id", "support_account_id", "crm_account_id", "parent_account_id"]),
      ...own("traits.", ["phone", "website", "description", "industry", "sales_rep_name", "sales_rep_email", "source"]),
      ...own("traits.", ["stage", "state", "inactive_reason", "hierarchy_label", "latest_status_title"]),
      ...own("traits.", ["latest_status_details", "employees", "csm_score", "current_nps_score", "current_mrr"]),
      ...own("traits.", ["is_deleted", "is_churned", "assigned_csms", "documents", "stage_history", "nps_history"]),
      tier: first("traits.tier", "traits.plan"),
      ...address("traits.", "billing"),
      join_date: millis(...spellings("traits.", ["join_date", "created_at", "created"])),
      renewal_date: millis(...spellings("traits.", ["renewal_date"])),
      inactive_time: millis(...spellings("traits.", ["inactive_time"])),
      latest_status_date: millis(...spellings("traits.", ["latest_status_date"])),
      rest: { "@flatten": { separator: ".", omitArrays: true, value: path("traits") } },
    },
  },
  alias: {
    action: "identifyUser", ...ids, account_id: first(...accounts),
    details: { custom_label_dimensions: [{ key: "previous_id", value: first("previousId", "anonymousId") }] },
  },
};

// As Segment sends batches: those calls of a piece that one mapping takes go together, which checks the mapping only once.
export default function prepare(require) {
  const { transformBatch } = require("@segment/actions-core/mapping-kit");
  return (calls) => {
    const events = new Array(calls.length).fill(null);
    for (const [kind, mapping] of Object.entries(mappings)) {
      const places = [...calls.keys()].filter((at) => calls[at].type === kind && calls[at].userId);
      transformBatch(mapping, places.map((at) => calls[at])).forEach((event, at) => { events[places[at]] = event; });
    }
    return events;
  };
}
