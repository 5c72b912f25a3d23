#include "gateway/vending.hpp"

#include "core/assert.hpp"
#include "gateway/store_problem.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace vc::gateway {
namespace {

using wire::Action;
using wire::NegotiateReply;
using wire::NegotiateRequest;
using wire::ObjectKey;
using wire::Problem;
using wire::Status;

// What a seal says about the caller comes from the gateway, whatever the client sent.
constexpr std::array<std::string_view, 3> kGatewayProvenance = {"subject", "rule", "time"};

using ScopeList = boost::container::small_vector<const wire::Scope*, wire::kReadScopesMax>;

NegotiateReply problem_reply(Problem problem) {
  return {.status = Status::problem, .problem = std::move(problem)};
}

std::unexpected<Problem> refuse(Errc code, std::string detail, std::string hint) {
  return std::unexpected(
      wire::to_problem({.code = code, .message = std::move(detail), .hint = std::move(hint)}));
}

// The scopes to search: those of the grant, or those of them that the client named, in its order.
// One that is not granted answers exactly as one that holds nothing: it is not asked.
ScopeList scopes_to_search(const Principal& caller, const NegotiateRequest& request) {
  ScopeList scopes;
  if (request.read_scopes.empty()) {
    for (const auto& scope : caller.read) {
      scopes.push_back(&scope);
    }
    return scopes;
  }
  for (const auto& name : request.read_scopes) {
    const auto granted = std::ranges::find(caller.read, name, &wire::Scope::text);
    if (granted != caller.read.end()) {
      scopes.push_back(&*granted);
    }
  }
  return scopes;
}

const Answer& answer_to(const Question& question) {
  VC_ASSERT(question.answer.has_value());
  return *question.answer;
}

std::chrono::seconds put_ticket_life(std::optional<std::uint64_t> size_bytes) {
  const auto seconds = size_bytes.value_or(0) / Vending::kSlowestUploadBytesPerSecond;
  const auto bounded = std::min<std::uint64_t>(seconds, Vending::kPutTicketLifeMax.count());
  return std::max(Vending::kPutTicketLifeMin,
                  std::chrono::seconds(static_cast<std::int64_t>(bounded)));
}

std::uint64_t count_of(std::chrono::seconds life) {
  return static_cast<std::uint64_t>(life.count());
}

std::string absolute(std::string url, std::string_view base_url) {
  if (url.starts_with('/')) {
    url.insert(0, base_url);
  }
  return url;
}

}  // namespace

Vending::Vending(const storage::Driver& driver, SigningKey seal, const Clock& clock)
    : driver_(driver), seal_(std::move(seal)), clock_(clock) {}

std::expected<Plan, Problem> Vending::plan(const Principal& caller,
                                           const NegotiateRequest& request) const {
  const bool download = request.action != Action::upload;
  const bool upload = request.action != Action::download;
  if (request.action == Action::download && caller.read.empty()) {
    return refuse(Errc::denied, "this token may not read", "ask for a token with a read scope");
  }
  if (request.action == Action::upload && !caller.write) {
    return refuse(Errc::denied, "this token may not write",
                  "expected where the cache is read-only, as in pull requests");
  }
  if (request.action == Action::upload) {
    if (auto allowed = check_upload(request); !allowed) {
      return std::unexpected(std::move(allowed).error());
    }
  }

  Plan plan;
  if (download) {
    for (const wire::Scope* scope : scopes_to_search(caller, request)) {
      plan.questions.push_back(
          {.key = ObjectKey::native(*scope, request.hash),
           .freshness = request.fresh || upload ? Freshness::from_store : Freshness::recent});
    }
    plan.reads = plan.questions.size();
  }
  if (upload && caller.write) {
    const ObjectKey key = ObjectKey::native(*caller.write, request.hash);
    const auto asked = std::ranges::find(plan.questions, key, &Question::key);
    plan.write = static_cast<std::size_t>(asked - plan.questions.begin());
    if (asked == plan.questions.end()) {
      plan.questions.push_back({.key = key, .freshness = Freshness::from_store});
    }
  }
  return plan;
}

std::expected<void, Problem> Vending::check_upload(const NegotiateRequest& request) const {
  const storage::DriverLimits limits = driver_.limits();
  if (limits.needs_size && !request.size_bytes) {
    return std::unexpected(Problem{.status = 422,
                                   .code = "size_required",
                                   .detail = "this store needs the size of an upload in advance",
                                   .hint = "pack the artifact first, then send its size"});
  }
  if (request.size_bytes && *request.size_bytes > limits.object_bytes_max) {
    return refuse(Errc::too_large,
                  fmt::format("the artifact has {} bytes; the limit here is {}",
                              *request.size_bytes, limits.object_bytes_max),
                  "raise VC_MAX_OBJECT_SIZE on the gateway, or cache less");
  }
  return {};
}

NegotiateReply Vending::conclude(const Principal& caller, const NegotiateRequest& request,
                                 const Plan& plan, std::string_view base_url) const {
  // In order: a later scope counts only when every earlier one is known to be without the object.
  for (std::size_t i = 0; i < plan.reads; ++i) {
    const Question& question = plan.questions[i];
    const Answer& found = answer_to(question);
    if (!found) {
      return problem_reply(store_problem(found.error()));
    }
    if (*found) {
      return get_ticket(question.key, **found, base_url);
    }
  }
  const bool uploadable = request.action == Action::upload || check_upload(request).has_value();
  if (request.action == Action::download || !plan.write || !uploadable) {
    return {.status = Status::missing};
  }
  const Question& target = plan.questions[*plan.write];
  const Answer& present = answer_to(target);
  if (!present) {
    return problem_reply(store_problem(present.error()));
  }
  if (*present) {
    return {.status = Status::skipped};
  }
  return put_ticket(caller, request, target.key, base_url);
}

NegotiateReply Vending::get_ticket(const ObjectKey& key, const storage::ObjectInfo& info,
                                   std::string_view base_url) const {
  auto ticket = driver_.sign_get(key, kGetTicketLife);
  if (!ticket) {
    return problem_reply(store_problem(ticket.error()));
  }
  return {.status = Status::found,
          .method = std::move(ticket->method),
          .url = absolute(std::move(ticket->url), base_url),
          .headers = std::move(ticket->headers),
          .size_bytes = info.size_bytes,
          .scope = std::string(key.scope()),
          .vcmeta = info.vcmeta,
          .expires_in_s = count_of(ticket->life)};
}

NegotiateReply Vending::put_ticket(const Principal& caller, const NegotiateRequest& request,
                                   const ObjectKey& key, std::string_view base_url) const {
  const std::chrono::seconds life = put_ticket_life(request.size_bytes);
  auto ticket = driver_.sign_put(key,
                                 {.size_bytes = request.size_bytes,
                                  .sha256 = request.sha256,
                                  .md5 = request.md5,
                                  .vcmeta = seal(caller, key, request)},
                                 life);
  if (!ticket) {
    return problem_reply(store_problem(ticket.error()));
  }
  return {.status = Status::upload_needed,
          .method = std::move(ticket->method),
          .url = absolute(std::move(ticket->url), base_url),
          .headers = std::move(ticket->headers),
          .expires_in_s = count_of(ticket->life)};
}

std::string Vending::seal(const Principal& caller, const ObjectKey& key,
                          const NegotiateRequest& request) const {
  wire::ArtifactMeta meta{.scope = std::string(key.scope()),
                          .name_space = std::string(key.name_space()),
                          .key = std::string(key.key()),
                          .size_bytes = request.size_bytes,
                          .sha256 = request.sha256,
                          .duration_ms = request.duration_ms,
                          .provenance = request.provenance};
  for (const std::string_view name : kGatewayProvenance) {
    meta.provenance.erase(std::string(name));
  }
  meta.provenance["subject"] = caller.subject;
  meta.provenance["time"] =
      fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", std::chrono::floor<std::chrono::seconds>(clock_.now()));
  return wire::seal_vcmeta(meta, seal_);
}

}  // namespace vc::gateway
