// AzureDriver: artifacts in a container of Azure Blob Storage, or of what speaks its protocol.
//
// Bytes go between agents and the service: the gateway asks HEAD and signs URLs. That the first
// write wins is the service's doing: an upload ticket has the right to create (sp=c) and no right
// to write, which is to be refused where there is a blob; the start-up probe has seen that
// (storage/azure/azure_probe.hpp).
//
// Deviation: the signature of a ticket covers no header (storage/azure/shared_access.hpp). Whoever
// holds an upload ticket can, until it expires and once, store something else under this one key:
// of another length up to what one Put Blob takes, with other or no metadata, as another type of
// blob, empty; and can take snapshots of the blob that is there. Agents refuse what they find then,
// because its seal is missing or is not for these bytes; nobody else's key is touched.
#pragma once

#include "core/clock.hpp"
#include "core/log.hpp"
#include "net/http_client.hpp"
#include "storage/azure/azure_client.hpp"
#include "storage/azure/shared_access.hpp"
#include "storage/driver.hpp"
#include "storage/s3/readiness.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace vc::storage {

// What fits one Put Blob; more would need block lists, which a right to create does not cover.
inline constexpr std::uint64_t kBlobBytesMax = 5000ULL << 20;

enum class CreateContainer { automatic, always, never };  // automatic: not on Azure itself.

struct AzureOptions {
  ContainerAddress address;
  std::string account_key;  // In base64.
  std::string public_url;   // The blob service as clients reach it; "" when it is the same.
  std::string prefix;
  CreateContainer create_container = CreateContainer::automatic;
  std::uint64_t object_bytes_max = kBlobBytesMax;
};

class AzureDriver final : public Driver {
 public:
  // Does not wait for the service. `clock` and `log` must outlive the driver.
  static Result<std::unique_ptr<AzureDriver>> create(const AzureOptions& options,
                                                     std::unique_ptr<net::HttpClient> http,
                                                     const Clock& clock, Log& log);

  std::string_view name() const override { return "azure"; }

  DriverLimits limits() const override;
  Result<std::optional<ObjectInfo>> head(const wire::ObjectKey& key, Deadline deadline) override;
  Result<Ticket> sign_get(const wire::ObjectKey& key, std::chrono::seconds ttl) const override;
  // An Error before the probe has passed, and for ever where a blob can be replaced.
  Result<Ticket> sign_put(const wire::ObjectKey& key, const UploadTerms& terms,
                          std::chrono::seconds ttl) const override;
  // Fetches all of it into a temporary file first.
  Result<std::optional<OpenObject>> open(const wire::ObjectKey& key) override;
  Result<std::unique_ptr<Spool>> spool(std::optional<std::uint64_t> size_bytes) override;

  // Asks the service, once the probe has passed.
  Result<void> check() override;

  Result<StoreTraits> traits() const override { return readiness_.traits(); }

  // Not known: the rules of an account are behind its management API, for which its key is no good.
  Result<std::optional<std::chrono::days>> retention() override;

  void wait_for_first_probe() const override { readiness_.wait_for_first_probe(); }

 private:
  // The same container, as the gateway reaches it and as clients do, and what signs for it.
  struct Container {
    ContainerEndpoint own;
    ContainerEndpoint clients;
    SharedAccess access;
  };

  AzureDriver(const AzureOptions& options, std::unique_ptr<net::HttpClient> http,
              Container container, const Clock& clock, Log& log);

  Result<StoreTraits> probe(std::stop_token stop) const;
  std::string blob_of(const wire::ObjectKey& key) const;
  Ticket ticket(std::string method, const wire::ObjectKey& key, std::string_view permissions,
                std::chrono::seconds ttl) const;

  std::string prefix_;
  CreateContainer create_container_;
  std::uint64_t object_bytes_max_;
  std::unique_ptr<net::HttpClient> http_;
  Container container_;
  const Clock& clock_;
  AzureClient client_;
  Readiness readiness_;  // Last: its thread uses everything above.
};

}  // namespace vc::storage
