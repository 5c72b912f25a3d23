#include "wire/problem.hpp"

#include "net/http.hpp"
#include "wire/json_document.hpp"
#include "wire/json_writer.hpp"

#include <array>

namespace vc::wire {
namespace {

// Whose fault it is decides whether the message may be shown: what the store or the operating
// system said can contain a path of the server.
enum class Fault { caller, server };

struct Row {
  Errc errc;
  int status;
  std::string_view code;
  Fault fault;
  std::string_view server_detail;
};

// THE table Errc <-> HTTP status.
// NOLINTBEGIN(modernize-use-designated-initializers): a table is read by its columns.
constexpr std::array kRows{
    Row{Errc::invalid, 400, "invalid", Fault::caller, ""},
    Row{Errc::unauthenticated, 401, "unauthenticated", Fault::caller, ""},
    Row{Errc::denied, 403, "denied", Fault::caller, ""},
    Row{Errc::not_found, 404, "not_found", Fault::caller, ""},
    Row{Errc::conflict, 412, "already_exists", Fault::caller, ""},
    Row{Errc::too_large, 413, "too_large", Fault::caller, ""},
    Row{Errc::no_space, 507, "no_space", Fault::server, "the store has no room for this object"},
    Row{Errc::overloaded, 503, "overloaded", Fault::server, "too much work is waiting already"},
    Row{Errc::unavailable, 502, "store_unavailable", Fault::server, "the store cannot be reached"},
    Row{Errc::timeout, 504, "store_timeout", Fault::server, "the store did not answer in time"},
    Row{Errc::corrupt, 500, "corrupt", Fault::server, "stored bytes are not what they claim to be"},
    Row{Errc::canceled, 503, "shutting_down", Fault::server, "the gateway is shutting down"},
    Row{Errc::io, 500, "internal", Fault::server, "the gateway could not do this; see its log"},
};

// NOLINTEND(modernize-use-designated-initializers)

const Row& row(Errc code) {
  for (const Row& candidate : kRows) {
    if (candidate.errc == code) {
      return candidate;
    }
  }
  return kRows.back();
}

}  // namespace

int http_status(Errc code) {
  return row(code).status;
}

std::string_view problem_code(Errc code) {
  return row(code).code;
}

Errc errc_of_status(int status) {
  switch (status) {
    case 408:
      return Errc::timeout;
    case 409:
      return Errc::conflict;
    case 429:
      return Errc::overloaded;
    case 431:
      return Errc::too_large;
    default:
      break;
  }
  for (const Row& candidate : kRows) {
    if (candidate.status == status) {
      return candidate.errc;
    }
  }
  return status >= 500 ? Errc::unavailable : Errc::invalid;
}

Problem to_problem(const Error& error) {
  const Row& found = row(error.code);
  const bool show = found.fault == Fault::caller;
  return {.status = found.status,
          .code = std::string(found.code),
          .detail = show ? error.message : std::string(found.server_detail),
          .hint = show ? error.hint : std::string()};
}

std::string to_json(const Problem& problem) {
  std::string out;
  JsonWriter json(out);
  json.open('{');
  json.member("status", static_cast<std::uint64_t>(problem.status));
  json.member("title", net::reason_phrase(problem.status));
  json.member("code", problem.code);
  json.member("detail", problem.detail);
  if (!problem.hint.empty()) {
    json.member("hint", problem.hint);
  }
  if (!problem.request_id.empty()) {
    json.member("request_id", problem.request_id);
  }
  json.close('}');
  return out;
}

Problem parse_problem(int status, std::string_view body) {
  Problem problem{.status = status, .code = std::string(problem_code(errc_of_status(status)))};
  const auto document = JsonDocument::parse(body);
  if (!document || !require_object(document->root(), "problem")) {
    return problem;
  }
  const auto take = [&](std::string_view name, std::string& into) {
    if (const auto text = optional_text(document->root(), name); text && !text->empty()) {
      into = *text;
    }
  };
  take("code", problem.code);
  take("detail", problem.detail);
  take("hint", problem.hint);
  take("request_id", problem.request_id);
  return problem;
}

}  // namespace vc::wire
