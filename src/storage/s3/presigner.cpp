#include "storage/s3/presigner.hpp"

#include "core/assert.hpp"
#include "core/digest.hpp"

#include <fmt/format.h>

#include <utility>

namespace vc::storage {

namespace {

constexpr std::size_t kDayBytes = 8;

// "20130524T000000Z", the basic format of ISO 8601, in UTC.
std::string basic_time(TimePoint when) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(when);
  const auto day = std::chrono::floor<std::chrono::days>(seconds);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss time(seconds - day);
  return fmt::format("{:04}{:02}{:02}T{:02}{:02}{:02}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                     time.hours().count(), time.minutes().count(), time.seconds().count());
}

}  // namespace

Presigner::Presigner(const SignatureScheme& scheme, std::string region,
                     std::shared_ptr<const SigningMethod> method)
    : scheme_(scheme),
      region_(std::move(region)),
      method_(std::move(method)),
      algorithm_(fmt::format("{}-{}", scheme.name, method_->name())) {}

std::vector<SignableRequest::Parameter> Presigner::parameters(const Credentials& credentials,
                                                              std::string_view time,
                                                              const SigningScope& scope,
                                                              std::chrono::seconds life) const {
  const auto named = [this](std::string_view name) {
    return std::string(scheme_.parameter_prefix).append(name);
  };
  std::vector<SignableRequest::Parameter> parameters = {
      {named("Algorithm"), algorithm_},
      {named("Credential"), credentials.access_key_id + '/' + scope_text(scope)},
      {named("Date"), std::string(time)},
      {named("Expires"), std::to_string(life.count())}};
  if (!credentials.session_token.empty()) {
    parameters.emplace_back(named("Security-Token"), credentials.session_token);
  }
  return parameters;
}

std::string Presigner::presign(const SignableRequest& request, const Credentials& credentials,
                               TimePoint now, std::chrono::seconds life) const {
  VC_ASSERT(life.count() >= 1 && life <= kPresignedLifeMax);
  const std::string time = basic_time(now);
  const SigningScope scope{
      .scheme = scheme_, .day = std::string_view(time).substr(0, kDayBytes), .region = region_};
  const CanonicalHeaders headers(request);

  auto query = parameters(credentials, time, scope, life);
  query.emplace_back(std::string(scheme_.parameter_prefix) + "SignedHeaders", headers.names());
  query.insert(query.end(), request.query.begin(), request.query.end());
  const std::string encoded_query = canonical_query(query);

  const std::string signature =
      sign(canonical_request(request, encoded_query, headers, kUnsignedPayload), credentials, time,
           scope);
  return fmt::format("{}?{}&{}Signature={}", percent_encode(request.path, Slash::kept),
                     encoded_query, scheme_.parameter_prefix, signature);
}

std::string Presigner::signature(std::string_view canonical, const Credentials& credentials,
                                 TimePoint now) const {
  const std::string time = basic_time(now);
  return sign(
      canonical, credentials, time,
      {.scheme = scheme_, .day = std::string_view(time).substr(0, kDayBytes), .region = region_});
}

std::string Presigner::sign(std::string_view canonical, const Credentials& credentials,
                            std::string_view time, const SigningScope& scope) const {
  const std::string string_to_sign =
      fmt::format("{}\n{}\n{}\n{}", algorithm_, time, scope_text(scope), sha256(canonical).hex());
  return method_->sign(credentials, scope, string_to_sign);
}

}  // namespace vc::storage
