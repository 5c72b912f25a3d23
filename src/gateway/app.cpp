#include "gateway/app.hpp"

namespace vc::gateway {
namespace {

// A subject that was quiet may send this many seconds' worth of requests at once.
constexpr double kBurstSeconds = 2;

// The code of what the server refuses before a route is known.
std::string_view refusal_code(int status) {
  switch (status) {
    case 408:
      return "request_timeout";
    case 411:
      return "length_required";
    case 413:
    case 414:
    case 431:
      return "too_large";
    case 500:
      return "internal";
    case 501:
    case 505:
      return "not_supported";
    case 503:
      return "overloaded";
    default:
      return "invalid";
  }
}

}  // namespace

App::App(storage::Driver& driver, const Clock& clock, Log& log, AppOptions options)
    : metrics_(driver.name()),
      journal_(clock, log, metrics_),
      authenticator_(std::move(options.authenticator)),
      requests_(options.requests_per_second_max, options.requests_per_second_max * kBurstSeconds,
                clock),
      slots_(options.transfers_max),
      vending_(driver, std::move(options.seal), clock),
      existence_(driver, clock, log, metrics_),
      negotiator_(vending_, existence_, lookups_, metrics_),
      services_{.driver = driver,
                .existence = existence_,
                .vending = vending_,
                .lookups = lookups_,
                .negotiator = negotiator_,
                .slots = slots_,
                .disk = disk_,
                .journal = journal_},
      negotiate_(services_, std::move(options.public_url)),
      blobs_(services_),
      ops_(services_, *authenticator_),
      disk_(options.disk_threads, options.disk_queue_max),
      lookups_(existence_, clock, options.lookups) {}

net::BodyPlan App::on_request(const net::RequestHead& head) {
  const std::string_view target = origin_form(head.target());
  const RouteRow* row = find_route(target);
  RequestRecord record(journal_, head, row != nullptr ? row->route : Route::none);
  if (row == nullptr) {
    return record.finish(Error{.code = Errc::not_found,
                               .message = "there is nothing at this path",
                               .hint = "GET /openapi.json lists what there is"});
  }
  if (!allows(*row, head.method())) {
    auto response = record.finish(wire::Problem{
        .status = 405, .code = "method_not_allowed", .detail = "this path has other methods"});
    response.headers.add("Allow", std::string(row->methods));
    return response;
  }
  if (row->access == Access::bearer) {
    if (auto refused = admit(record, head)) {
      return *std::move(refused);
    }
  }
  return dispatch(std::move(record), *row, head, target);
}

std::optional<net::Response> App::admit(RequestRecord& record, const net::RequestHead& head) {
  auto caller = head.header_count("authorization") > 1
                    ? fail(Errc::unauthenticated, "more than one Authorization")
                    : authenticator_->authenticate(head.header("authorization"));
  if (!caller) {
    return record.finish(caller.error());
  }
  record.caller = *std::move(caller);
  if (const auto wait = requests_.refuse(record.caller->subject)) {
    metrics_.count_rate_limited();
    auto response = record.finish(wire::Problem{.status = 429,
                                                .code = "rate_limited",
                                                .detail = "too many requests of this subject",
                                                .hint = "wait as Retry-After says"});
    response.headers.set("Retry-After", std::to_string(wait->count()));
    return response;
  }
  return std::nullopt;
}

net::BodyPlan App::dispatch(RequestRecord record, const RouteRow& row, const net::RequestHead& head,
                            std::string_view target) {
  switch (row.route) {
    case Route::negotiate:
      return negotiate_.single(std::move(record), head);
    case Route::negotiate_batch:
      return negotiate_.batch(std::move(record), head);
    case Route::report:
      return negotiate_.report(std::move(record), head);
    case Route::blob:
      return blobs_.signed_blob(std::move(record), head, target);
    case Route::proxy_blob:
      return blobs_.proxy_blob(std::move(record), head, rest_of_path(row, target));
    case Route::capabilities:
      return ops_.capabilities(std::move(record));
    case Route::health:
      return ops_.health(std::move(record));
    case Route::livez:
      return ops_.livez(std::move(record));
    case Route::readyz:
      return ops_.readyz(std::move(record), head, query_of(target));
    case Route::metrics:
      return ops_.metrics(std::move(record));
    case Route::openapi:
      return ops_.openapi(std::move(record));
    case Route::none:
      break;
  }
  return record.finish(Error{.code = Errc::not_found, .message = "there is nothing at this path"});
}

net::Response App::refusal(int status, std::string_view reason) {
  metrics_.count_request(Route::none, "other", status, std::chrono::nanoseconds(0));
  wire::Problem problem{.status = status,
                        .code = std::string(refusal_code(status)),
                        .detail = std::string(reason),
                        .request_id = journal_.request_id("")};
  journal_.log().info(
      "refused",
      {{"request_id", problem.request_id}, {"status", std::int64_t{status}}, {"reason", reason}});
  auto response = problem_response(problem);
  response.headers.add("X-Request-Id", problem.request_id);
  return response;
}

}  // namespace vc::gateway
