#include "wire/negotiate.hpp"

#include "wire/json_document.hpp"
#include "wire/json_writer.hpp"

#include <algorithm>

namespace vc::wire {
namespace {

constexpr std::size_t kMd5Base64Bytes = 24;
constexpr std::size_t kReplyBytesTypical = 640;

bool is_md5_base64(std::string_view text) {
  const auto in_alphabet = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '+' ||
           c == '/';
  };
  return text.size() == kMd5Base64Bytes && text.ends_with("==") &&
         std::all_of(text.begin(), text.end() - 2, in_alphabet);
}

Result<Action> read_action(JsonValue item) {
  if (!item.find("action")) {
    return Action::none;
  }
  VC_TRY(const std::string_view text, required_text(item, "action"));
  if (text == "download") {
    return Action::download;
  }
  if (text == "upload") {
    return Action::upload;
  }
  return fail(Errc::invalid, R"(action must be "download" or "upload")");
}

Result<NegotiateRequest> read_request(JsonValue item) {
  VC_CHECK(require_object(item, "a request"));
  NegotiateRequest request;
  VC_TRY(request.hash, required_digest(item, "hash"));
  VC_TRY(request.action, read_action(item));
  VC_TRY(request.size_bytes, optional_integer(item, "size"));
  VC_TRY(request.sha256, optional_digest(item, "sha256"));
  VC_TRY(request.md5, optional_text(item, "md5"));
  if (!request.md5.empty() && !is_md5_base64(request.md5)) {
    return fail(Errc::invalid, "md5 must be 16 bytes in base64, as in Content-MD5");
  }
  VC_TRY(const auto duration_ms, optional_integer(item, "duration_ms"));
  request.duration_ms = duration_ms.value_or(0);
  VC_TRY(request.provenance, optional_text_map(item, "provenance"));
  VC_TRY(request.fresh, optional_boolean(item, "fresh"));
  VC_TRY(request.read_scopes, optional_texts(item, "read_scopes"));
  if (request.read_scopes.size() > kReadScopesMax) {
    return fail(Errc::invalid, "read_scopes names more than 4 scopes");
  }
  return request;
}

void append_ticket(JsonWriter& json, const NegotiateReply& reply) {
  json.member("url", reply.url);
  json.member("method", reply.method);
  json.name("headers");
  json.open('{');
  for (const auto& [name, value] : reply.headers) {
    json.any_name(name);
    json.text(value);
  }
  json.close('}');
}

void append_reply(JsonWriter& json, const NegotiateReply& reply) {
  json.open('{');
  switch (reply.status) {
    case Status::found:
      json.member("status", "found");
      append_ticket(json, reply);
      if (reply.size_bytes) {
        json.member("size", *reply.size_bytes);
      }
      json.member("scope", reply.scope);
      json.member("vcmeta", reply.vcmeta);
      json.member("expires_in_s", reply.expires_in_s);
      break;
    case Status::missing:
      json.member("status", "missing");
      break;
    case Status::upload_needed:
      json.member("status", "upload_needed");
      append_ticket(json, reply);
      json.member("expires_in_s", reply.expires_in_s);
      break;
    case Status::skipped:
      json.member("status", "skipped");
      break;
    case Status::problem:
      json.member("status", "problem");
      json.name("problem");
      json.raw(to_json(reply.problem));
      break;
  }
  json.close('}');
}

Result<Status> status_of_word(std::string_view word) {
  constexpr std::pair<std::string_view, Status> kWords[] = {
      {"found", Status::found},
      {"missing", Status::missing},
      {"upload_needed", Status::upload_needed},
      {"skipped", Status::skipped},
      {"problem", Status::problem},
  };
  for (const auto& [known, status] : kWords) {
    if (known == word) {
      return status;
    }
  }
  return fail(Errc::invalid, "status is not one this client knows");
}

Result<Problem> read_problem(JsonValue item) {
  const auto member = item.find("problem");
  if (!member) {
    return fail(Errc::invalid, "problem must be a JSON object");
  }
  VC_CHECK(require_object(*member, "problem"));
  Problem problem;
  VC_TRY(const auto status, optional_integer(*member, "status"));
  problem.status = static_cast<int>(std::min<std::uint64_t>(status.value_or(500), 599));
  VC_TRY(problem.code, optional_text(*member, "code"));
  VC_TRY(problem.detail, optional_text(*member, "detail"));
  VC_TRY(problem.hint, optional_text(*member, "hint"));
  VC_TRY(problem.request_id, optional_text(*member, "request_id"));
  return problem;
}

Result<void> read_ticket(JsonValue item, NegotiateReply& reply) {
  VC_TRY(reply.url, required_text(item, "url"));
  VC_TRY(reply.method, optional_text(item, "method"));
  if (reply.method.empty()) {  // The original gateway names none.
    reply.method = reply.status == Status::found ? "GET" : "PUT";
  }
  VC_TRY(auto headers, optional_text_map(item, "headers"));
  for (auto& [name, value] : headers) {
    reply.headers.add(name, std::move(value));
  }
  VC_TRY(reply.size_bytes, optional_integer(item, "size"));
  VC_TRY(reply.scope, optional_text(item, "scope"));
  VC_TRY(reply.vcmeta, optional_text(item, "vcmeta"));
  VC_TRY(const auto expires_in_s, optional_integer(item, "expires_in_s"));
  reply.expires_in_s = expires_in_s.value_or(0);
  return {};
}

Result<NegotiateReply> read_reply(JsonValue item) {
  VC_CHECK(require_object(item, "a reply"));
  NegotiateReply reply;
  VC_TRY(const std::string_view word, required_text(item, "status"));
  VC_TRY(reply.status, status_of_word(word));
  if (reply.status == Status::found || reply.status == Status::upload_needed) {
    VC_CHECK(read_ticket(item, reply));
  }
  if (reply.status == Status::problem) {
    VC_TRY(reply.problem, read_problem(item));
  }
  return reply;
}

// The array member of a batch, checked against the limit of items.
Result<JsonValue> batch_items(JsonValue root, std::string_view name) {
  VC_CHECK(require_object(root, "a batch"));
  const auto items = root.find(name);
  if (!items || (*items)->kind != JsonKind::array) {
    return fail(Errc::invalid, std::string(name) + " must be an array");
  }
  std::size_t count = 0;
  for (JsonValue item = items->first(); item != items->end(); item = item.next()) {
    ++count;
  }
  if (count > kBatchItemsMax) {
    return fail(Errc::too_large,
                "a batch has at most 1000 items, this one " + std::to_string(count),
                "split the batch");
  }
  return *items;
}

void append_request(JsonWriter& json, const NegotiateRequest& request) {
  json.open('{');
  json.member("hash", request.hash.hex());
  if (request.action != Action::none) {
    json.member("action", request.action == Action::download ? "download" : "upload");
  }
  if (request.size_bytes) {
    json.member("size", *request.size_bytes);
  }
  if (request.sha256) {
    json.member("sha256", request.sha256->hex());
  }
  if (!request.md5.empty()) {
    json.member("md5", request.md5);
  }
  if (request.duration_ms != 0) {
    json.member("duration_ms", request.duration_ms);
  }
  if (!request.provenance.empty()) {
    json.name("provenance");
    json.open('{');
    for (const auto& [name, value] : request.provenance) {
      json.any_name(name);
      json.text(value);
    }
    json.close('}');
  }
  if (request.fresh) {
    json.name("fresh");
    json.boolean(true);
  }
  if (!request.read_scopes.empty()) {
    json.name("read_scopes");
    json.open('[');
    for (const auto& scope : request.read_scopes) {
      json.text(scope);
    }
    json.close(']');
  }
  json.close('}');
}

}  // namespace

Result<NegotiateRequest> parse_request(std::string_view json) {
  VC_TRY(const auto document, JsonDocument::parse(json));
  return read_request(document.root());
}

Result<std::vector<Result<NegotiateRequest>>> parse_batch_request(std::string_view json) {
  VC_TRY(const auto document, JsonDocument::parse(json));
  VC_TRY(const JsonValue items, batch_items(document.root(), "requests"));
  std::vector<Result<NegotiateRequest>> requests;
  for (JsonValue item = items.first(); item != items.end(); item = item.next()) {
    requests.push_back(read_request(item));
  }
  return requests;
}

void append_json(std::string& out, const NegotiateReply& reply) {
  JsonWriter json(out);
  append_reply(json, reply);
}

std::string batch_reply_json(const std::vector<NegotiateReply>& replies) {
  std::string out;
  out.reserve(replies.size() * kReplyBytesTypical + 32);
  JsonWriter json(out);
  json.open('{');
  json.name("responses");
  json.open('[');
  for (const auto& reply : replies) {
    append_reply(json, reply);
  }
  json.close(']');
  json.close('}');
  return out;
}

std::string to_json(const NegotiateRequest& request) {
  std::string out;
  JsonWriter json(out);
  append_request(json, request);
  return out;
}

std::string batch_request_json(const std::vector<NegotiateRequest>& requests) {
  std::string out;
  JsonWriter json(out);
  json.open('{');
  json.name("requests");
  json.open('[');
  for (const auto& request : requests) {
    append_request(json, request);
  }
  json.close(']');
  json.close('}');
  return out;
}

Result<NegotiateReply> parse_reply(std::string_view json) {
  VC_TRY(const auto document, JsonDocument::parse(json));
  return read_reply(document.root());
}

Result<std::vector<NegotiateReply>> parse_batch_reply(std::string_view json) {
  VC_TRY(const auto document, JsonDocument::parse(json));
  VC_TRY(const JsonValue items, batch_items(document.root(), "responses"));
  std::vector<NegotiateReply> replies;
  for (JsonValue item = items.first(); item != items.end(); item = item.next()) {
    VC_TRY(auto reply, read_reply(item));
    replies.push_back(std::move(reply));
  }
  return replies;
}

}  // namespace vc::wire
