#include "wire/capabilities.hpp"

#include "wire/json_document.hpp"
#include "wire/json_writer.hpp"

namespace vc::wire {
namespace {

Result<std::vector<SealKey>> read_seal_keys(JsonValue root) {
  std::vector<SealKey> keys;
  const auto array = root.find("seal_keys");
  if (!array) {
    return keys;
  }
  if ((*array)->kind != JsonKind::array) {
    return fail(Errc::invalid, "seal_keys must be an array");
  }
  for (JsonValue item = array->first(); item != array->end(); item = item.next()) {
    VC_CHECK(require_object(item, "a seal key"));
    SealKey key;
    VC_TRY(key.id, required_text(item, "id"));
    VC_TRY(key.public_key, required_text(item, "public_key"));
    keys.push_back(std::move(key));
  }
  return keys;
}

}  // namespace

std::string to_json(const Capabilities& capabilities) {
  std::string out;
  JsonWriter json(out);
  json.open('{');
  json.member("protocol_version", static_cast<std::uint64_t>(capabilities.protocol_version));
  json.member("server_version", capabilities.server_version);
  json.member("driver", capabilities.driver);
  json.member("batch_items_max", capabilities.batch_items_max);
  json.member("object_bytes_max", capabilities.object_bytes_max);
  json.name("upload_md5");
  json.boolean(capabilities.upload_md5);
  json.name("read_scopes");
  json.open('[');
  for (const auto& scope : capabilities.read_scopes) {
    json.text(scope);
  }
  json.close(']');
  json.member("write_scope", capabilities.write_scope);
  json.member("subject", capabilities.subject);
  json.name("seal_keys");
  json.open('[');
  for (const auto& key : capabilities.seal_keys) {
    json.open('{');
    json.member("id", key.id);
    json.member("public_key", key.public_key);
    json.close('}');
  }
  json.close(']');
  json.close('}');
  return out;
}

Result<Capabilities> parse_capabilities(std::string_view json) {
  VC_TRY(const auto document, JsonDocument::parse(json));
  const JsonValue root = document.root();
  VC_CHECK(require_object(root, "capabilities"));
  Capabilities capabilities;
  VC_TRY(const auto version, optional_integer(root, "protocol_version"));
  if (!version || *version == 0 || *version > INT32_MAX) {
    return fail(Errc::invalid, "protocol_version must be a positive integer");
  }
  capabilities.protocol_version = static_cast<int>(*version);
  VC_TRY(capabilities.server_version, optional_text(root, "server_version"));
  VC_TRY(capabilities.driver, optional_text(root, "driver"));
  VC_TRY(const auto batch_items_max, optional_integer(root, "batch_items_max"));
  capabilities.batch_items_max = batch_items_max.value_or(0);
  VC_TRY(const auto object_bytes_max, optional_integer(root, "object_bytes_max"));
  capabilities.object_bytes_max = object_bytes_max.value_or(0);
  VC_TRY(capabilities.upload_md5, optional_boolean(root, "upload_md5"));
  VC_TRY(capabilities.read_scopes, optional_texts(root, "read_scopes"));
  VC_TRY(capabilities.write_scope, optional_text(root, "write_scope"));
  VC_TRY(capabilities.subject, optional_text(root, "subject"));
  VC_TRY(capabilities.seal_keys, read_seal_keys(root));
  return capabilities;
}

std::string to_json(const Report& report) {
  std::string out;
  JsonWriter json(out);
  json.open('{');
  json.member("hash", report.hash);
  json.member("scope", report.scope);
  json.member("reason", report.reason);
  json.close('}');
  return out;
}

Result<Report> parse_report(std::string_view json) {
  VC_TRY(const auto document, JsonDocument::parse(json));
  const JsonValue root = document.root();
  VC_CHECK(require_object(root, "a report"));
  Report report;
  VC_TRY(report.hash, required_text(root, "hash"));
  VC_TRY(report.scope, required_text(root, "scope"));
  VC_TRY(report.reason, optional_text(root, "reason"));
  return report;
}

}  // namespace vc::wire
