#include "agent/doctor/diagnosis.hpp"
#include "agent/quantities.hpp"
#include "agent/remote/gateway.hpp"
#include "wire/capabilities.hpp"

#include <fmt/format.h>

#include <time.h>

#include <cstdlib>
#include <optional>

namespace vc::agent {

namespace {

using std::chrono::duration_cast;
using std::chrono::milliseconds;
using std::chrono::seconds;

// Signed URLs live for minutes.
constexpr seconds kSkewMax{60};
constexpr milliseconds kSlowRoundTrip{500};

std::optional<TimePoint> time_of_date(std::string_view date) {
  struct tm parts{};
  const char* end = ::strptime(std::string(date).c_str(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
  if (end == nullptr) {
    return std::nullopt;
  }
  return TimePoint(seconds(::timegm(&parts)));
}

Diagnosis clock_diagnosis(std::string_view date, TimePoint now) {
  const auto then = time_of_date(date);
  if (!then) {
    return {.health = Health::warn, .subject = "clock", .text = "the gateway sends no date"};
  }
  const auto skew = duration_cast<seconds>(now - *then);
  const auto text = fmt::format("{} s {} the gateway's", std::abs(skew.count()),
                                skew.count() < 0 ? "behind" : "ahead of");
  if (skew > kSkewMax || skew < -kSkewMax) {
    return {.health = Health::fail,
            .subject = "clock",
            .text = text,
            .remedy = "synchronise the clocks: signed URLs and tokens expire by them"};
  }
  return {.subject = "clock", .text = text};
}

Diagnosis rights_diagnosis(const wire::Capabilities& rights) {
  const std::string text = fmt::format(
      "{}: reads {}, writes {}", rights.subject.empty() ? "this token" : rights.subject,
      rights.read_scopes.empty() ? "nothing"
                                 : fmt::format("{}", fmt::join(rights.read_scopes, ", ")),
      rights.write_scope.empty() ? "nothing" : rights.write_scope);
  if (rights.read_scopes.empty()) {
    return {.health = Health::warn,
            .subject = "rights",
            .text = text,
            .remedy = "ask whoever runs the gateway for a token that may read"};
  }
  return {.subject = "rights", .text = text};
}

Diagnosis refused(const RemoteConfig& remote, int status) {
  const bool is_token = status == 401 || status == 403;
  return {.health = Health::fail,
          .subject = "remote",
          .text = fmt::format("{} answers {}", remote.url, status),
          .remedy = is_token ? fmt::format("check {}", remote.token_variable.empty()
                                                           ? "remote.token"
                                                           : remote.token_variable)
                             : "check remote.url: is a velocity-server there?"};
}

}  // namespace

std::vector<Diagnosis> examine_remote(const RemoteConfig& remote, CommandContext& context) {
  if (!remote.missing_variable.empty()) {
    return {{.health = Health::warn,
             .subject = "remote",
             .text = fmt::format("off: {} is not set", remote.missing_variable),
             .remedy = "set it, or set remote.enabled: false"}};
  }
  if (!remote.enabled) {
    return {{.subject = "remote", .text = "none configured: results stay on this machine"}};
  }
  net::ClientRequest request{.url = remote.url + "/v1/capabilities",
                             .headers = {{"Authorization", "Bearer " + remote.token}},
                             .timeout = kGatewayTimeout};
  const SteadyTime start = context.clock.steady_now();
  const auto answer = context.http.send(request);
  const auto took = duration_cast<milliseconds>(context.clock.steady_now() - start);
  if (!answer) {
    return {{.health = Health::fail,
             .subject = "remote",
             .text = fmt::format("{}: {}", remote.url, answer.error().message),
             .remedy = "check remote.url, the network and the proxy variables; builds go on "
                       "without it"}};
  }
  if (answer->status != 200) {
    return {refused(remote, answer->status)};
  }
  const auto rights = wire::parse_capabilities(answer->body);
  if (!rights) {
    return {refused(remote, answer->status)};
  }
  std::vector<Diagnosis> out;
  out.push_back({.health = took > kSlowRoundTrip ? Health::warn : Health::ok,
                 .subject = "remote",
                 .text = fmt::format("{} ({}, {}) answers in {} with connecting", remote.url,
                                     rights->server_version, rights->driver,
                                     duration_text(static_cast<std::uint64_t>(took.count()))),
                 .remedy = took > kSlowRoundTrip ? "a gateway nearer by saves more" : ""});
  out.push_back(rights_diagnosis(*rights));
  out.push_back(clock_diagnosis(answer->headers.find("Date").value_or(""), context.clock.now()));
  return out;
}

}  // namespace vc::agent
