// S3Driver: artifacts in a bucket of S3, MinIO, Ceph RGW and what else speaks their protocol, or of
// Google Cloud Storage, which speaks a dialect of it (store_dialect.hpp).
//
// Bytes go between agents and the store: the gateway asks HEAD and signs URLs. That the first write
// wins is the store's doing: `If-None-Match: *` is a signed header of every upload ticket, and the
// start-up probe has seen it enforced (storage/s3/probe.hpp).
#pragma once

#include "core/clock.hpp"
#include "core/log.hpp"
#include "net/http_client.hpp"
#include "storage/driver.hpp"
#include "storage/s3/credentials.hpp"
#include "storage/s3/endpoint.hpp"
#include "storage/s3/readiness.hpp"
#include "storage/s3/s3_client.hpp"
#include "storage/s3/s3_signer.hpp"
#include "storage/s3/store_dialect.hpp"
#include "storage/s3/toucher.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace vc::storage {

// What fits one PUT; more would need a multipart upload, whose end not every store makes
// conditional.
inline constexpr std::uint64_t kS3ObjectBytesMax = 5ULL << 30;

enum class CreateBucket { automatic, always, never };  // automatic: not on AWS.

struct S3Options {
  StoreDialect dialect = kS3Dialect;
  BucketAddress address;
  std::string public_url;  // The endpoint as clients reach it; "" when it is the same.
  std::string prefix;
  CreateBucket create_bucket = CreateBucket::automatic;
  ConditionPolicy conditional = ConditionPolicy::require;
  std::chrono::seconds touch_after{0};  // Older ones that are found stay longer; 0: never.
  std::uint64_t object_bytes_max = kS3ObjectBytesMax;
};

// What the driver uses of the world.
struct S3Environment {
  std::unique_ptr<net::HttpClient> http;
  std::unique_ptr<const CredentialsSource> credentials;
  std::shared_ptr<const SigningMethod> signing = std::make_shared<HmacSigning>();
};

class S3Driver final : public Driver {
 public:
  // Does not wait for the store. `clock` and `log` must outlive the driver.
  static Result<std::unique_ptr<S3Driver>> create(S3Options options, S3Environment environment,
                                                  const Clock& clock, Log& log);

  std::string_view name() const override { return options_.dialect.driver; }

  DriverLimits limits() const override;
  Result<std::optional<ObjectInfo>> head(const wire::ObjectKey& key, Deadline deadline) override;
  Result<Ticket> sign_get(const wire::ObjectKey& key, std::chrono::seconds ttl) const override;
  // An Error before the probe has passed, and for ever on a store that cannot enforce the first
  // write, when that is required.
  Result<Ticket> sign_put(const wire::ObjectKey& key, const UploadTerms& terms,
                          std::chrono::seconds ttl) const override;
  // Fetches all of it into a temporary file first.
  Result<std::optional<OpenObject>> open(const wire::ObjectKey& key) override;
  Result<std::unique_ptr<Spool>> spool(std::optional<std::uint64_t> size_bytes) override;

  // Asks the store, once the probe has passed.
  Result<void> check() override;

  Result<StoreTraits> traits() const override { return readiness_.traits(); }

  // From the bucket's lifecycle rules.
  Result<std::optional<std::chrono::days>> retention() override;

  void wait_for_first_probe() const override { readiness_.wait_for_first_probe(); }

 private:
  // The same bucket, as the gateway reaches it and as clients do.
  struct Endpoints {
    S3Endpoint own;
    S3Endpoint clients;
  };

  S3Driver(const S3Options& options, S3Environment environment, Endpoints endpoints,
           const Clock& clock, Log& log);

  Result<StoreTraits> probe(std::stop_token stop) const;
  // Repeats while the store is busy and there is time.
  Result<net::ClientResponse> ask_head(const S3Request& request, Deadline deadline) const;
  std::string object_of(const wire::ObjectKey& key) const;

  S3Options options_;
  std::unique_ptr<net::HttpClient> http_;
  Endpoints endpoints_;
  const Clock& clock_;
  bool signs_slowly_;
  S3Signer signer_;
  S3Client client_;
  std::unique_ptr<Toucher> toucher_;  // nullptr where nothing is touched.
  Readiness readiness_;               // Last: its thread uses everything above.
};

}  // namespace vc::storage
