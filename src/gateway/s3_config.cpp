#include "gateway/s3_config.hpp"

#include <array>
#include <string>
#include <string_view>
#include <utility>

namespace vc::gateway {
namespace {

template <class Value>
using Words = std::array<std::pair<std::string_view, Value>, 3>;

constexpr Words<storage::PathStyle> kPathStyles = {{{"auto", storage::PathStyle::automatic},
                                                    {"true", storage::PathStyle::always},
                                                    {"false", storage::PathStyle::never}}};
constexpr Words<storage::CreateBucket> kCreateBucket = {{{"auto", storage::CreateBucket::automatic},
                                                         {"true", storage::CreateBucket::always},
                                                         {"false", storage::CreateBucket::never}}};
constexpr Words<storage::ConditionPolicy> kConditional = {
    {{"require", storage::ConditionPolicy::require},
     {"auto", storage::ConditionPolicy::automatic},
     {"off", storage::ConditionPolicy::never}}};

// The table of options knows the same words, so one of them it is.
template <class Value>
Value value_of(const Words<Value>& words, std::string_view text) {
  for (const auto& [word, value] : words) {
    if (word == text) {
      return value;
    }
  }
  return words.front().second;
}

std::string region_of_store(const OptionValues& values, const Environment& environment) {
  const std::string elsewhere =
      values.is_set("VC_S3_REGION") ? std::string() : storage::region_of(environment);
  return elsewhere.empty() ? values.text("VC_S3_REGION") : elsewhere;
}

}  // namespace

storage::ConditionPolicy condition_policy(std::string_view word) {
  return value_of(kConditional, word);
}

Result<void> load_s3_config(const OptionValues& values, const Environment& environment,
                            storage::StorageConfig& config) {
  storage::S3Options& s3 = config.s3;
  s3.address = {.url = values.text("VC_S3_ENDPOINT"),
                .bucket = values.text("VC_S3_BUCKET"),
                .region = region_of_store(values, environment),
                .path_style = value_of(kPathStyles, values.text("VC_S3_PATH_STYLE"))};
  if (s3.address.url.empty()) {
    s3.address.url = environment.find("AWS_ENDPOINT_URL").value_or("");
  }
  if (s3.address.bucket.empty()) {
    return fail(Errc::invalid, "VC_STORAGE_DRIVER=s3 without VC_S3_BUCKET",
                "set VC_S3_BUCKET to the name of the bucket");
  }
  s3.public_url = values.text("VC_S3_PUBLIC_ENDPOINT");
  s3.prefix = values.text("VC_S3_PREFIX");
  s3.create_bucket = value_of(kCreateBucket, values.text("VC_S3_CREATE_BUCKET"));
  s3.conditional = condition_policy(values.text("VC_S3_CONDITIONAL"));
  s3.touch_after = std::chrono::seconds(values.integer("VC_S3_TOUCH_AFTER"));
  s3.object_bytes_max = static_cast<std::uint64_t>(values.integer("VC_MAX_OBJECT_SIZE"));
  VC_TRY(config.s3_credentials.place, storage::choose_credentials(environment, s3.address.region));
  config.s3_credentials.ca_file = environment.find("AWS_CA_BUNDLE").value_or("");
  return {};
}

}  // namespace vc::gateway
