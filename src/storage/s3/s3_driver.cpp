#include "storage/s3/s3_driver.hpp"

#include "core/files.hpp"
#include "storage/file_spool.hpp"
#include "storage/s3/lifecycle.hpp"
#include "storage/s3/object_headers.hpp"
#include "storage/s3/probe.hpp"
#include "storage/s3/s3_spool.hpp"
#include "storage/upload_terms.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <thread>
#include <utility>

namespace vc::storage {

namespace {

// Bounds a HEAD whose caller has no deadline of its own.
constexpr std::chrono::milliseconds kHeadTimeMax{30'000};
constexpr std::chrono::milliseconds kCheckTimeMax{3'000};
// One busy answer among a thousand must not cost a build.
constexpr int kHeadAttempts = 3;
constexpr std::chrono::milliseconds kHeadPause{50};

Result<S3Endpoint> endpoint_for_clients(const S3Options& options) {
  BucketAddress address = options.address;
  if (!options.public_url.empty()) {
    address.url = options.public_url;
  }
  return S3Endpoint::create(address);
}

}  // namespace

Result<std::unique_ptr<S3Driver>> S3Driver::create(S3Options options, S3Environment environment,
                                                   const Clock& clock, Log& log) {
  if (options.address.url.empty()) {
    options.address.url = options.dialect.url;
  }
  if (!options.dialect.region.empty()) {
    options.address.region = options.dialect.region;
  }
  VC_TRY(S3Endpoint own, S3Endpoint::create(options.address));
  VC_TRY(S3Endpoint clients, endpoint_for_clients(options));
  VC_TRY(options.prefix, parse_object_prefix(options.prefix));
  options.object_bytes_max = std::min(options.object_bytes_max, kS3ObjectBytesMax);
  return std::unique_ptr<S3Driver>(
      new S3Driver(options, std::move(environment),
                   {.own = std::move(own), .clients = std::move(clients)}, clock, log));
}

S3Driver::S3Driver(const S3Options& options, S3Environment environment, Endpoints endpoints,
                   const Clock& clock, Log& log)
    : options_(options),
      http_(std::move(environment.http)),
      endpoints_(std::move(endpoints)),
      clock_(clock),
      signs_slowly_(environment.signing->is_slow()),
      signer_(Presigner(options_.dialect.scheme, options_.address.region,
                        std::move(environment.signing)),
              std::move(environment.credentials), clock),
      client_(*http_, signer_, endpoints_.own, options_.dialect),
      toucher_(options.touch_after.count() == 0
                   ? nullptr
                   : std::make_unique<Toucher>(client_, options.address.bucket, options.touch_after,
                                               clock, log)),
      readiness_([this](std::stop_token stop) { return probe(std::move(stop)); }, log) {}

Result<StoreTraits> S3Driver::probe(std::stop_token stop) const {
  signer_.wait_for_credentials(stop);
  const bool create =
      options_.create_bucket == CreateBucket::always ||
      (options_.create_bucket == CreateBucket::automatic && !endpoints_.own.is_aws());
  // AWS's first region has no name in this place.
  const bool named = endpoints_.own.is_aws() && options_.address.region != "us-east-1";
  VC_TRY(const StoreTraits traits,
         probe_store(client_,
                     {.prefix = options_.prefix,
                      .policy = options_.conditional,
                      .missing_bucket = create ? MissingBucket::create : MissingBucket::refuse,
                      .location = named ? options_.address.region : ""},
                     clock_, std::move(stop)));
  if (options_.conditional == ConditionPolicy::require && traits.condition != Condition::enforced) {
    return fail(
        Errc::invalid,
        fmt::format("conditional writes are {} by this store, so a later upload could replace an "
                    "artifact; no upload tickets are vended",
                    to_text(traits.condition)),
        fmt::format("use a store that enforces {}, or {}=auto to accept the risk",
                    options_.dialect.condition_header, options_.dialect.hints.conditional));
  }
  return traits;
}

std::string S3Driver::object_of(const wire::ObjectKey& key) const {
  return options_.prefix + key.text();
}

DriverLimits S3Driver::limits() const {
  return {.needs_size = true,
          .object_bytes_max = options_.object_bytes_max,
          .signs_slowly = signs_slowly_};
}

Result<net::ClientResponse> S3Driver::ask_head(const S3Request& request, Deadline deadline) const {
  for (int attempt = 1;; ++attempt) {
    // By the steady clock of the deadline; Deadline::max() is far beyond what can be subtracted.
    const Deadline now = clock_.steady_now();
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        std::min(deadline, now + kHeadTimeMax) - now);
    if (left.count() <= 0) {
      return fail(Errc::timeout, "the deadline had passed before the store was asked");
    }
    auto response = client_.send(request, {.timeout = left});
    const bool again = response ? response->status >= 500 && response->status != 501
                                : response.error().code == Errc::unavailable;
    const auto pause = kHeadPause * attempt;
    if (!again || attempt == kHeadAttempts || left <= pause) {
      return response;
    }
    std::this_thread::sleep_for(pause);
  }
}

Result<std::optional<ObjectInfo>> S3Driver::head(const wire::ObjectKey& key, Deadline deadline) {
  const S3Request request{.method = "HEAD", .object = object_of(key)};
  VC_TRY(const auto response, ask_head(request, deadline));
  if (response.status == 404) {
    return std::nullopt;
  }
  if (response.status != 200) {
    return std::unexpected(client_.error_of(request, response));
  }
  if (toucher_) {
    toucher_->saw(request.object, response.headers);
  }
  return object_info(options_.dialect, response.headers);
}

Result<Ticket> S3Driver::sign_get(const wire::ObjectKey& key, std::chrono::seconds ttl) const {
  const S3Request request{.method = "GET", .object = object_of(key)};
  VC_TRY(SignedUrl target, signer_.sign(endpoints_.clients, request, ttl));
  return Ticket{.method = request.method, .url = std::move(target.url), .life = target.life};
}

Result<Ticket> S3Driver::sign_put(const wire::ObjectKey& key, const UploadTerms& terms,
                                  std::chrono::seconds ttl) const {
  VC_CHECK(check_terms(terms, limits()));
  VC_TRY(const StoreTraits traits, readiness_.traits());
  S3Request request{
      .method = "PUT",
      .object = object_of(key),
      .headers = upload_headers(options_.dialect, terms, traits, PutMode::create_only)};
  VC_TRY(SignedUrl target, signer_.sign(endpoints_.clients, request, ttl));
  return Ticket{.method = request.method,
                .url = std::move(target.url),
                .headers = std::move(request.headers),
                .life = target.life};
}

Result<std::optional<OpenObject>> S3Driver::open(const wire::ObjectKey& key) {
  VC_TRY(UniqueFd file, nameless_file());
  const S3Request request{.method = "GET", .object = object_of(key)};
  std::uint64_t received_bytes = 0;
  VC_TRY(const auto response,
         client_.send(request, {.timeout = std::chrono::milliseconds(0)}, [&](ByteView bytes) {
           received_bytes += bytes.size();
           return write_all(file.get(), bytes);
         }));
  if (response.status == 404) {
    return std::nullopt;
  }
  if (response.status != 200) {
    return std::unexpected(client_.error_of(request, response));
  }
  VC_TRY(ObjectInfo info, object_info(options_.dialect, response.headers));
  if (info.size_bytes != received_bytes) {
    return fail(Errc::corrupt, fmt::format("{}: {} of {} bytes arrived", request.object,
                                           received_bytes, info.size_bytes));
  }
  return OpenObject{.content = {.fd = std::move(file), .offset = 0, .length = received_bytes},
                    .vcmeta = std::move(info.vcmeta),
                    .etag = std::string(response.headers.find("ETag").value_or(""))};
}

Result<std::unique_ptr<Spool>> S3Driver::spool(std::optional<std::uint64_t> size_bytes) {
  VC_TRY(const StoreTraits traits, readiness_.traits());
  return S3Spool::create({.client = client_,
                          .prefix = options_.prefix,
                          .traits = traits,
                          .object_bytes_max = options_.object_bytes_max},
                         size_bytes);
}

Result<std::optional<std::chrono::days>> S3Driver::retention() {
  if (!options_.dialect.has_s3_lifecycle) {
    return fail(Errc::invalid, "the rules of this kind of store are not read",
                "look at the bucket's lifecycle rules");
  }
  const S3Request request{.method = "GET", .object = "", .query = {{"lifecycle", ""}}};
  VC_TRY(const auto response, client_.send(request, {.timeout = kCheckTimeMax}));
  if (response.status == 404) {
    return std::nullopt;
  }
  if (response.status != 200) {
    Error error = client_.error_of(request, response);
    error.hint = "allow s3:GetLifecycleConfiguration on the bucket to have them checked";
    return std::unexpected(std::move(error));
  }
  return expiration_of(response.body, options_.prefix);
}

Result<void> S3Driver::check() {
  VC_CHECK(readiness_.traits());
  const S3Request request{.method = "HEAD",
                          .object = options_.prefix + std::string(kProbeFolder) + "absent"};
  VC_TRY(const auto response, client_.send(request, {.timeout = kCheckTimeMax}));
  if (response.status != 404 && response.status != 200) {
    return std::unexpected(client_.error_of(request, response));
  }
  return {};
}

}  // namespace vc::storage
