#include "agent/outputs/staging.hpp"

#include "agent/beneath.hpp"
#include "agent/file_index.hpp"
#include "agent/state_directory.hpp"
#include "core/signature.hpp"

#include <boost/json.hpp>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

namespace vc::agent {

namespace {

namespace json = boost::json;

constexpr std::string_view kStagingDirectory = "staging";
constexpr std::size_t kIdBytes = 8;
constexpr std::uint64_t kIntentBytesMax = 1 << 20;
constexpr std::string_view kPlacingLine = "placing\n";
// Only a process that cleans up at the very same moment can take a directory away from its maker.
constexpr int kClaimsMax = 16;

std::string to_json(const RestoreIntent& intent) {
  json::array patterns(intent.patterns.begin(), intent.patterns.end());
  return json::serialize(json::object{
      {"package", intent.package}, {"label", intent.label}, {"outputs", std::move(patterns)}});
}

std::optional<RestoreIntent> from_json(std::string_view text) {
  json::error_code error;
  const json::value root = json::parse(text, error);
  const json::object* object = error ? nullptr : root.if_object();
  const auto member = [&](std::string_view name) {
    return object == nullptr ? nullptr : object->if_contains(name);
  };
  const json::value* package = member("package");
  const json::value* label = member("label");
  const json::value* patterns = member("outputs");
  if (package == nullptr || !package->is_string() || label == nullptr || !label->is_string() ||
      patterns == nullptr || !patterns->is_array()) {
    return std::nullopt;
  }
  RestoreIntent intent{.package = std::string(package->get_string()),
                       .label = std::string(label->get_string())};
  for (const json::value& pattern : patterns->get_array()) {
    if (!pattern.is_string()) {
      return std::nullopt;
    }
    intent.patterns.emplace_back(pattern.get_string());
  }
  return intent;
}

}  // namespace

Result<Staging> Staging::create(const fs::path& state_directory) {
  const fs::path path = state_directory / kStagingDirectory;
  auto parent = open_file(path, O_RDONLY | O_DIRECTORY);
  if (!parent && parent.error().code == Errc::not_found) {
    VC_CHECK(make_state_directory(state_directory, kStagingDirectory));
    parent = open_file(path, O_RDONLY | O_DIRECTORY);
  }
  if (!parent) {
    return std::unexpected(std::move(parent).error());
  }
  Staging staging(*std::move(parent));
  for (int attempt = 0; attempt < kClaimsMax; ++attempt) {
    staging.id_ = hex_encode(random_bytes(kIdBytes));
    VC_TRY(const Claim claim, staging.claim(O_CREAT | O_EXCL));
    if (claim == Claim::ours) {
      if (::mkdirat(staging.parent_.get(), staging.id_.c_str(), 0777) != 0) {
        return std::unexpected(errno_error("create a directory in " + path.native()));
      }
      VC_CHECK(staging.open_tree());
      return staging;
    }
  }
  return fail(Errc::io, "could not claim a place in " + path.native());
}

Result<std::optional<Staging>> Staging::adopt(const fs::path& state_directory,
                                              const std::string& id) {
  VC_TRY(UniqueFd parent, open_file(state_directory / kStagingDirectory, O_RDONLY | O_DIRECTORY));
  Staging staging(std::move(parent));
  staging.id_ = id;
  staging.may_have_old_ = true;
  VC_TRY(const Claim claim, staging.claim(0));
  if (claim == Claim::taken) {
    return std::nullopt;
  }
  VC_CHECK(staging.read_record());
  // Without a tree there is nothing to go on with.
  if (staging.intent_ && !staging.open_tree()) {
    staging.intent_.reset();
  }
  return staging;
}

Result<std::vector<std::string>> Staging::ids(const fs::path& state_directory) {
  const auto parent = open_file(state_directory / kStagingDirectory, O_RDONLY | O_DIRECTORY);
  if (!parent) {
    return parent.error().code == Errc::not_found ? Result<std::vector<std::string>>{}
                                                  : std::unexpected(parent.error());
  }
  VC_TRY(const auto entries, list_directory(parent->get()));
  std::vector<std::string> ids;
  for (const DirectoryEntry& entry : entries) {
    const std::string_view name = entry.name;
    const std::string_view id = name.substr(0, 2 * kIdBytes);
    if (entry.kind == FileKind::regular && hex_decode(id) && name.substr(id.size()) == ".intent") {
      ids.emplace_back(id);
    }
  }
  return ids;
}

// Opens and locks the intent. Taken: somebody else has it or has just removed it.
Result<Staging::Claim> Staging::claim(int intent_flags) {
  UniqueFd intent(::openat(parent_.get(), intent_name().c_str(),
                           O_RDWR | O_APPEND | O_NOFOLLOW | O_CLOEXEC | intent_flags, 0600));
  if (!intent.valid()) {
    return errno == ENOENT || errno == EEXIST
               ? Result<Claim>(Claim::taken)
               : std::unexpected(errno_error("create an intent record"));
  }
  if (::flock(intent.get(), LOCK_EX | LOCK_NB) != 0) {
    return errno == EWOULDBLOCK ? Result<Claim>(Claim::taken)
                                : std::unexpected(errno_error("lock an intent record"));
  }
  struct stat status{};
  if (::fstat(intent.get(), &status) != 0 || status.st_nlink == 0) {
    return Claim::taken;  // Whoever had the lock before us has removed it.
  }
  intent_file_ = std::move(intent);
  return Claim::ours;
}

Result<void> Staging::open_tree() {
  VC_TRY(tree_, open_beneath(parent_.get(), id_, O_RDONLY | O_DIRECTORY));
  return {};
}

Result<void> Staging::read_record() {
  std::string text(kIntentBytesMax, '\0');
  VC_TRY(const std::size_t size,
         pread_up_to(intent_file_.get(), std::as_writable_bytes(std::span(text)), 0));
  text.resize(size);
  const std::size_t line_end = text.find('\n');
  if (line_end == std::string::npos) {
    return {};  // The record was not written, or not to its end: nothing had been touched.
  }
  intent_ = from_json(std::string_view(text).substr(0, line_end));
  phase_ = std::string_view(text).substr(line_end + 1) == kPlacingLine ? Phase::placing
                                                                       : Phase::replacing;
  return {};
}

Result<UniqueFd> Staging::make_old() {
  VC_CHECK(remove_old());  // Of an interrupted attempt.
  may_have_old_ = true;
  if (::mkdirat(parent_.get(), old_name().c_str(), 0700) != 0) {
    return std::unexpected(errno_error("create a directory for replaced outputs"));
  }
  return open_beneath(parent_.get(), old_name(), O_RDONLY | O_DIRECTORY);
}

Result<FileSystemTime> Staging::record(RestoreIntent intent, Phase phase) {
  std::string text = to_json(intent) + '\n';
  if (text.size() > kIntentBytesMax) {
    return fail(Errc::too_large, "the output patterns are too long for an intent record");
  }
  if (phase == Phase::placing) {
    text += kPlacingLine;
  }
  VC_CHECK(write_all(intent_file_.get(), as_bytes(text)));
  intent_ = std::move(intent);
  phase_ = phase;
  struct stat status{};
  if (::fstat(intent_file_.get(), &status) != 0) {
    return std::unexpected(errno_error("stat an intent record"));
  }
  return FileSystemTime{.ns = FileStamp::of(status).mtime_ns, .device = status.st_dev};
}

Result<void> Staging::begin_placing() {
  VC_CHECK(write_all(intent_file_.get(), as_bytes(kPlacingLine)));
  phase_ = Phase::placing;
  return {};
}

Staging::~Staging() {
  if (intent_file_.valid()) {  // Else moved from, or never ours.
    static_cast<void>(discard());
  }
}

// What cannot be removed is left to finish_interrupted_restores().
Result<void> Staging::discard() {
  if (::unlinkat(parent_.get(), id_.c_str(), AT_REMOVEDIR) != 0 && errno != ENOENT) {
    // Not all of it was placed. First the record goes, so that nobody goes on with a tree that is
    // half removed.
    if (::ftruncate(intent_file_.get(), 0) != 0) {
      return std::unexpected(errno_error("empty an intent record"));
    }
    VC_CHECK(remove_tree(parent_.get(), id_));
  }
  VC_CHECK(remove_old());
  return remove_tree(parent_.get(), intent_name());
}

Result<void> Staging::remove_old() {
  return may_have_old_ ? remove_tree(parent_.get(), old_name()) : Result<void>{};
}

}  // namespace vc::agent
