#include "gateway/gcs_config.hpp"

#include "gateway/s3_config.hpp"
#include "storage/gcs/gcs_dialect.hpp"
#include "storage/gcs/rsa_signing.hpp"
#include "storage/gcs/service_account.hpp"

#include <string>
#include <utility>

namespace vc::gateway {
namespace {

constexpr std::string_view kKeyFileVariable = "GOOGLE_APPLICATION_CREDENTIALS";

Result<void> sign_with_hmac_key(std::string id, std::string secret,
                                storage::StorageConfig& config) {
  if (id.empty() || secret.empty()) {
    return fail(Errc::invalid, "VC_GCS_HMAC_ID and VC_GCS_HMAC_SECRET belong together",
                "set both, or neither and GOOGLE_APPLICATION_CREDENTIALS instead");
  }
  config.gcs_credentials = {.access_key_id = std::move(id), .secret_access_key = std::move(secret)};
  config.gcs_signing = std::make_shared<storage::HmacSigning>();
  return {};
}

Result<void> sign_with_service_account(const fs::path& key_file, storage::StorageConfig& config) {
  auto account = storage::read_service_account(key_file);
  if (!account) {
    return std::unexpected(std::move(account).error().within(kKeyFileVariable));
  }
  config.gcs_credentials = {.access_key_id = std::move(account->client_email)};
  config.gcs_signing = std::make_shared<storage::RsaSigning>(std::move(account->key));
  return {};
}

}  // namespace

Result<void> load_gcs_config(const OptionValues& values, const Environment& environment,
                             storage::StorageConfig& config) {
  storage::S3Options& gcs = config.gcs;
  gcs = {.dialect = storage::kGcsDialect,
         .address = {.url = values.text("VC_GCS_ENDPOINT"),
                     .bucket = values.text("VC_GCS_BUCKET"),
                     .path_style = storage::PathStyle::always},
         .public_url = values.text("VC_GCS_PUBLIC_ENDPOINT"),
         .prefix = values.text("VC_GCS_PREFIX"),
         .create_bucket = storage::CreateBucket::never,
         .conditional = condition_policy(values.text("VC_GCS_CONDITIONAL")),
         .object_bytes_max = static_cast<std::uint64_t>(values.integer("VC_MAX_OBJECT_SIZE"))};
  if (gcs.address.bucket.empty()) {
    return fail(Errc::invalid, "VC_STORAGE_DRIVER=gcs without VC_GCS_BUCKET",
                "set VC_GCS_BUCKET to the name of the bucket");
  }
  std::string hmac_id = values.text("VC_GCS_HMAC_ID");
  std::string hmac_secret = values.text("VC_GCS_HMAC_SECRET");
  if (!hmac_id.empty() || !hmac_secret.empty()) {
    return sign_with_hmac_key(std::move(hmac_id), std::move(hmac_secret), config);
  }
  const std::string_view key_file = environment.find(kKeyFileVariable).value_or("");
  if (key_file.empty()) {
    return fail(Errc::invalid, "VC_STORAGE_DRIVER=gcs has nothing to sign with",
                "set GOOGLE_APPLICATION_CREDENTIALS to a service account's JSON key file, or "
                "VC_GCS_HMAC_ID and VC_GCS_HMAC_SECRET");
  }
  return sign_with_service_account(key_file, config);
}

}  // namespace vc::gateway
