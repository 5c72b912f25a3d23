#include "storage/local_driver.hpp"

#include "storage/key_files.hpp"
#include "storage/local_spool.hpp"
#include "storage/upload_terms.hpp"

#include <algorithm>
#include <utility>

namespace vc::storage {

namespace {

constexpr std::chrono::minutes kSweepInterval{5};

// Below this a limit is a mistake in its unit.
constexpr std::uint64_t kBytesMaxLeast = 64 << 10;
// What a file takes beyond its body, at most: the header, and the rest of a disk block.
constexpr std::uint64_t kBytesBeyondBody = kBlobHeaderBytes + 4096;

// An artifact that the size limit would evict at once is not taken in the first place.
std::uint64_t object_limit(const LocalOptions& options) {
  return options.bytes_max == 0
             ? options.object_bytes_max
             : std::min(options.object_bytes_max, options.bytes_max - kBytesBeyondBody);
}

}  // namespace

Result<std::unique_ptr<LocalDriver>> LocalDriver::create(const LocalOptions& options,
                                                         const Clock& clock, Log& log) {
  if (options.root.empty()) {
    return fail(Errc::invalid, "the local driver has no root", "set VC_LOCAL_ROOT");
  }
  if (options.bytes_max != 0 && options.bytes_max < kBytesMaxLeast) {
    return fail(Errc::invalid, "the local store is limited to less than 64 KiB",
                "set VC_LOCAL_MAX_SIZE to a size with a unit, such as 10GiB; 0 means no limit");
  }
  VC_TRY(LocalRoot root, LocalRoot::open(options.root));
  const fs::path url_key_file =
      options.url_key_file.empty() ? root.key_file("url.key") : options.url_key_file;
  VC_TRY(Bytes url_key, load_or_create_key(url_key_file, kUrlKeySize));
  VC_TRY(const Bytes seal_seed,
         load_or_create_key(root.key_file("seal.key"), SigningKey::kSeedSize));
  VC_TRY(SigningKey seal_key, SigningKey::from_seed(seal_seed));
  if (root.swept_files() != 0) {
    log.info("removed uploads that a stopped process left unfinished",
             {{"files", static_cast<std::int64_t>(root.swept_files())}});
  }
  return std::unique_ptr<LocalDriver>(
      new LocalDriver(options, std::move(root),
                      {.url = std::move(url_key), .seal = std::move(seal_key)}, clock, log));
}

LocalDriver::LocalDriver(const LocalOptions& options, LocalRoot root, Keys keys, const Clock& clock,
                         Log& log)
    : object_bytes_max_(object_limit(options)),
      clock_(clock),
      root_(std::move(root)),
      url_signer_(keys.url, clock),
      seal_key_(std::move(keys.seal)),
      objects_(std::make_unique<LocalObjects>(root_.objects_fd(), clock, log)),
      eviction_({.bytes_max = options.bytes_max, .age_max = options.age_max}, *objects_, clock,
                log),
      background_([this](const std::stop_token& stop) { run_in_background(stop); }) {}

LocalDriver::~LocalDriver() = default;

DriverLimits LocalDriver::limits() const {
  return {.needs_size = false, .object_bytes_max = object_bytes_max_};
}

Presence LocalDriver::presence(const wire::ObjectKey& key) const {
  const LocalIndex& index = objects_->index();
  return index.complete() && !index.contains(key.text()) ? Presence::absent : Presence::maybe;
}

Result<std::optional<ObjectInfo>> LocalDriver::head(const wire::ObjectKey& key, Deadline) {
  VC_TRY(auto blob, objects_->open(key));
  if (!blob) {
    return std::nullopt;
  }
  ObjectInfo info{.size_bytes = blob->header.body_bytes,
                  .vcmeta = std::move(blob->header.vcmeta),
                  .expires_at = std::nullopt};
  if (const auto age_max = eviction_.age_max()) {
    info.expires_at = clock_.now() + *age_max;
  }
  return info;
}

Result<Ticket> LocalDriver::sign_get(const wire::ObjectKey& key, std::chrono::seconds ttl) const {
  // The gateway may vend from its positive cache, without asking head() again.
  objects_->touch(key);
  return url_signer_.sign_get(key, ttl);
}

Result<Ticket> LocalDriver::sign_put(const wire::ObjectKey& key, const UploadTerms& terms,
                                     std::chrono::seconds ttl) const {
  VC_CHECK(check_terms(terms, limits()));
  return url_signer_.sign_put(key, terms, ttl);
}

Result<std::optional<OpenObject>> LocalDriver::open(const wire::ObjectKey& key) {
  VC_TRY(auto blob, objects_->open(key));
  if (!blob) {
    return std::nullopt;
  }
  return OpenObject{.content = {.fd = std::move(blob->fd),
                                .offset = kBlobHeaderBytes,
                                .length = blob->header.body_bytes},
                    .vcmeta = std::move(blob->header.vcmeta),
                    .etag = '"' + blob->header.sha256.hex() + '"'};
}

Result<std::unique_ptr<Spool>> LocalDriver::spool(std::optional<std::uint64_t> size_bytes) {
  return LocalSpool::create({.root = root_,
                             .objects = *objects_,
                             .clock = clock_,
                             .object_bytes_max = object_bytes_max_,
                             .published = [this] { after_publication(); }},
                            size_bytes);
}

Result<std::optional<std::chrono::days>> LocalDriver::retention() {
  const auto age_max = eviction_.age_max();
  return age_max ? std::optional(std::chrono::floor<std::chrono::days>(*age_max)) : std::nullopt;
}

Result<void> LocalDriver::check() {
  return root_.check();
}

void LocalDriver::after_publication() {
  if (!eviction_.over_size()) {
    return;
  }
  const std::scoped_lock lock(background_mutex_);
  sweep_wanted_ = true;
  background_changed_.notify_all();
}

void LocalDriver::wait_until_settled() {
  std::unique_lock lock(background_mutex_);
  background_changed_.wait(lock, [this] { return settled_; });
}

LocalEviction::Report LocalDriver::sweep_now() {
  wait_until_settled();
  return eviction_.sweep();
}

void LocalDriver::run_in_background(const std::stop_token& stop) {
  objects_->rebuild_index(stop);
  eviction_.sweep(stop);
  std::unique_lock lock(background_mutex_);
  settled_ = true;
  background_changed_.notify_all();
  while (!stop.stop_requested()) {
    background_changed_.wait_for(lock, stop, kSweepInterval, [this] { return sweep_wanted_; });
    sweep_wanted_ = false;
    lock.unlock();
    eviction_.sweep(stop);
    lock.lock();
  }
}

}  // namespace vc::storage
