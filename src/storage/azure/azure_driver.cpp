#include "storage/azure/azure_driver.hpp"

#include "core/files.hpp"
#include "storage/azure/azure_probe.hpp"
#include "storage/azure/azure_spool.hpp"
#include "storage/azure/blob_headers.hpp"
#include "storage/file_spool.hpp"
#include "storage/s3/endpoint.hpp"
#include "storage/upload_terms.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace vc::storage {

namespace {

// Bounds a HEAD whose caller has no deadline of its own.
constexpr std::chrono::milliseconds kBlobHeadTimeMax{30'000};
constexpr std::chrono::milliseconds kContainerCheckTimeMax{3'000};

}  // namespace

Result<std::unique_ptr<AzureDriver>> AzureDriver::create(const AzureOptions& options,
                                                         std::unique_ptr<net::HttpClient> http,
                                                         const Clock& clock, Log& log) {
  VC_TRY(ContainerEndpoint own, ContainerEndpoint::create(options.address));
  ContainerAddress seen_by_clients = options.address;
  if (!options.public_url.empty()) {
    seen_by_clients.url = options.public_url;
  }
  VC_TRY(ContainerEndpoint clients, ContainerEndpoint::create(seen_by_clients));
  VC_TRY(SharedAccess access, SharedAccess::create(options.account_key));
  AzureOptions checked = options;
  VC_TRY(checked.prefix, parse_object_prefix(options.prefix));
  checked.object_bytes_max = std::min(options.object_bytes_max, kBlobBytesMax);
  return std::unique_ptr<AzureDriver>(new AzureDriver(
      checked, std::move(http),
      {.own = std::move(own), .clients = std::move(clients), .access = std::move(access)}, clock,
      log));
}

AzureDriver::AzureDriver(const AzureOptions& options, std::unique_ptr<net::HttpClient> http,
                         Container container, const Clock& clock, Log& log)
    : prefix_(options.prefix),
      create_container_(options.create_container),
      object_bytes_max_(options.object_bytes_max),
      http_(std::move(http)),
      container_(std::move(container)),
      clock_(clock),
      client_(*http_, container_.access, container_.own, clock_),
      readiness_([this](std::stop_token stop) { return probe(std::move(stop)); }, log) {}

Result<StoreTraits> AzureDriver::probe(std::stop_token stop) const {
  const bool create =
      create_container_ == CreateContainer::always ||
      (create_container_ == CreateContainer::automatic && !container_.own.is_azure());
  VC_TRY(const StoreTraits traits,
         probe_container(
             client_,
             {.prefix = prefix_,
              .missing_container = create ? MissingContainer::create : MissingContainer::refuse},
             clock_, std::move(stop)));
  if (traits.condition != Condition::enforced) {
    return fail(Errc::invalid,
                "this store lets a right to create replace what is there, so a later upload could "
                "replace an artifact; no upload tickets are vended",
                "use a store that enforces sp=c, as Azure Blob Storage does");
  }
  return traits;
}

std::string AzureDriver::blob_of(const wire::ObjectKey& key) const {
  return prefix_ + blob_name(key);
}

DriverLimits AzureDriver::limits() const {
  return {.needs_size = true, .object_bytes_max = object_bytes_max_};
}

Result<std::optional<ObjectInfo>> AzureDriver::head(const wire::ObjectKey& key, Deadline deadline) {
  // By the steady clock of the deadline; Deadline::max() is far beyond what can be subtracted.
  const Deadline now = clock_.steady_now();
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
      std::min(deadline, now + kBlobHeadTimeMax) - now);
  if (left.count() <= 0) {
    return fail(Errc::timeout, "the deadline had passed before the store was asked");
  }
  const BlobRequest request{.method = "HEAD", .blob = blob_of(key)};
  VC_TRY(const auto response, client_.send(request, {.timeout = left}));
  if (is_blob_missing(response)) {
    return std::nullopt;
  }
  if (response.status != 200) {
    return std::unexpected(azure_error(request, response));
  }
  return blob_info(response.headers);
}

Ticket AzureDriver::ticket(std::string method, const wire::ObjectKey& key,
                           std::string_view permissions, std::chrono::seconds ttl) const {
  return {.method = std::move(method),
          .url = container_.access.blob_url(container_.clients, blob_of(key), permissions,
                                            clock_.now() + ttl),
          .headers = {},
          .life = ttl};
}

Result<Ticket> AzureDriver::sign_get(const wire::ObjectKey& key, std::chrono::seconds ttl) const {
  return ticket("GET", key, kMayRead, ttl);
}

Result<Ticket> AzureDriver::sign_put(const wire::ObjectKey& key, const UploadTerms& terms,
                                     std::chrono::seconds ttl) const {
  VC_CHECK(check_terms(terms, limits()));
  VC_TRY(const StoreTraits traits, readiness_.traits());
  Ticket put = ticket("PUT", key, kMayCreate, ttl);
  put.headers = blob_upload_headers(terms, traits, PutMode::create_only);
  return put;
}

Result<std::optional<OpenObject>> AzureDriver::open(const wire::ObjectKey& key) {
  VC_TRY(UniqueFd file, nameless_file());
  const BlobRequest request{.method = "GET", .blob = blob_of(key)};
  std::uint64_t received_bytes = 0;
  VC_TRY(const auto response,
         client_.send(request, {.timeout = std::chrono::milliseconds(0)}, [&](ByteView bytes) {
           received_bytes += bytes.size();
           return write_all(file.get(), bytes);
         }));
  if (is_blob_missing(response)) {
    return std::nullopt;
  }
  if (response.status != 200) {
    return std::unexpected(azure_error(request, response));
  }
  VC_TRY(ObjectInfo info, blob_info(response.headers));
  if (info.size_bytes != received_bytes) {
    return fail(Errc::corrupt, fmt::format("{}: {} of {} bytes arrived", request.blob,
                                           received_bytes, info.size_bytes));
  }
  return OpenObject{.content = {.fd = std::move(file), .offset = 0, .length = received_bytes},
                    .vcmeta = std::move(info.vcmeta),
                    .etag = std::string(response.headers.find("ETag").value_or(""))};
}

Result<std::unique_ptr<Spool>> AzureDriver::spool(std::optional<std::uint64_t> size_bytes) {
  VC_TRY(const StoreTraits traits, readiness_.traits());
  return AzureSpool::create({.client = client_,
                             .prefix = prefix_,
                             .traits = traits,
                             .object_bytes_max = object_bytes_max_},
                            size_bytes);
}

Result<std::optional<std::chrono::days>> AzureDriver::retention() {
  return fail(Errc::unavailable, "an account's key cannot read its lifecycle rules",
              "look at the lifecycle management of the storage account");
}

Result<void> AzureDriver::check() {
  VC_CHECK(readiness_.traits());
  const BlobRequest request{.method = "HEAD",
                            .blob = prefix_ + std::string(kAzureProbeFolder) + "absent"};
  VC_TRY(const auto response, client_.send(request, {.timeout = kContainerCheckTimeMax}));
  if (!is_blob_missing(response) && response.status != 200) {
    return std::unexpected(azure_error(request, response));
  }
  return {};
}

}  // namespace vc::storage
