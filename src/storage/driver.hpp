// Driver: the seam between the gateway and wherever artifacts live. START HERE.
//
// A driver answers "is it there?" and vends tickets. For stores without signed URLs of their own
// (local, memory) the ticket is a URL of the gateway's own data plane, which comes back here
// through open() and spool(). First write wins is enforced by the store at the moment of
// publication, never by a check before it. Drivers are safe for concurrent use. Every call but
// presence() and the two sign calls may block.
#pragma once

#include "core/bytes.hpp"
#include "core/clock.hpp"
#include "core/digest.hpp"
#include "core/result.hpp"
#include "core/signature.hpp"
#include "net/http.hpp"
#include "storage/store_traits.hpp"
#include "wire/object_key.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace vc::storage {

struct ObjectInfo {
  std::uint64_t size_bytes = 0;
  std::string vcmeta;                   // As stored; "" when the object has none.
  std::optional<TimePoint> expires_at;  // When eviction may take it, if the store says so.
};

// What one transfer needs, and nothing that could be used for another.
struct Ticket {
  std::string method;
  std::string url;       // Absolute; or starting with '/', relative to the gateway's public URL.
  net::Headers headers;  // Exactly what the client must send.
  std::chrono::seconds life{0};  // From when it was signed; may be shorter than was asked for.
};

// What an upload ticket is bound to.
struct UploadTerms {
  std::optional<std::uint64_t> size_bytes;
  std::optional<Digest> sha256;
  std::string md5;
  std::string vcmeta;  // Base64url of at most wire::kVcmetaBytesMax, or "".
};

struct OpenObject {
  net::FileRange content;
  std::string vcmeta;
  std::string etag;
};

enum class PutMode { create_only, replace };
enum class Stored { created, exists };

// An upload in progress: invisible until commit(), gone when destroyed before. For one thread at a
// time; its driver must outlive it. After a failed write() or any commit() it is spent.
class Spool {
 public:
  virtual ~Spool() = default;
  virtual Result<void> write(ByteView bytes) = 0;
  // Publishes all of it under `key`, durably, or nothing. `exists` means that somebody was first
  // and nothing changed. Errc::corrupt when size or digest differ from `terms`, Errc::denied for
  // PutMode::replace in the native namespace, where the first write wins for ever.
  virtual Result<Stored> commit(const wire::ObjectKey& key, const UploadTerms& terms,
                                PutMode mode) = 0;
};

struct DriverLimits {
  bool needs_size = false;  // Upload tickets need UploadTerms::size_bytes.
  std::uint64_t object_bytes_max = 0;
  bool signs_slowly = false;  // A ticket costs a millisecond of computing: too much for a loop.
};

enum class Presence { absent, maybe };

class UrlSigner;

class Driver {
 public:
  virtual ~Driver() = default;

  // Short name for logs and metric labels: "s3", "local", "memory".
  virtual std::string_view name() const = 0;
  virtual DriverLimits limits() const = 0;

  // Answers from memory, without blocking: `absent` only where the driver is the sole writer and is
  // sure.
  virtual Presence presence(const wire::ObjectKey&) const { return Presence::maybe; }

  // nullopt means absent. A store that cannot be asked is an Error, never a miss: a false miss
  // would make every client rebuild and upload at once. Counts as use for eviction.
  virtual Result<std::optional<ObjectInfo>> head(const wire::ObjectKey& key, Deadline deadline) = 0;

  // Computation only. A vended ticket counts as use for eviction. It lives for `ttl`, or until the
  // credentials end that signed it.
  virtual Result<Ticket> sign_get(const wire::ObjectKey& key, std::chrono::seconds ttl) const = 0;
  // The store must refuse the signed request if `key` exists when the bytes arrive.
  virtual Result<Ticket> sign_put(const wire::ObjectKey& key, const UploadTerms& terms,
                                  std::chrono::seconds ttl) const = 0;

  // For the data plane and for foreign dialects whose clients cannot follow a redirect.
  virtual Result<std::optional<OpenObject>> open(const wire::ObjectKey& key) = 0;
  virtual Result<std::unique_ptr<Spool>> spool(std::optional<std::uint64_t> size_bytes) = 0;

  // Verifies the tickets that come back to this process; nullptr where the store has a data plane
  // of its own.
  virtual const UrlSigner* url_signer() const { return nullptr; }

  // The seal key kept beside the artifacts; where none is kept it must be configured.
  virtual std::optional<SigningKey> seal_key() const { return std::nullopt; }

  // All artifacts together, where the driver knows; for metrics.
  virtual std::optional<std::uint64_t> bytes_stored() const { return std::nullopt; }

  // Whether the store can be used now; for /readyz.
  virtual Result<void> check() = 0;

  // What the store was seen to do with uploads; an Error before it is known. Does not block.
  virtual Result<StoreTraits> traits() const {
    return StoreTraits{.condition = Condition::enforced, .enforces_sha256 = true};
  }

  // How long artifacts stay: nullopt when nothing ever removes them, an Error where the store does
  // not say. For `velocity-server doctor`.
  virtual Result<std::optional<std::chrono::days>> retention() {
    return fail(Errc::unavailable, "this driver does not know");
  }

  // Blocks until traits() will not say that nothing has been tried yet.
  virtual void wait_for_first_probe() const {}
};

}  // namespace vc::storage
