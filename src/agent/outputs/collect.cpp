#include "agent/beneath.hpp"
#include "agent/outputs.hpp"
#include "agent/outputs/walk.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>

namespace vc::agent {

namespace {

class Collector {
 public:
  explicit Collector(int package_fd) : parents_(package_fd, DirectoryCursor::Missing::fail) {}

  // nullopt, with uncacheable() set, when no archive can hold it.
  Result<std::optional<OutputEntry>> collect(const FoundOutput& found) {
    if (auto allowed = check_output_path(found.path); !allowed) {
      return refuse(std::move(allowed).error().message);
    }
    OutputEntry entry{.path = found.path, .executable = false, .size_bytes = 0, .target = {}};
    switch (found.kind) {
      case FileKind::regular:
        return collect_file(found, std::move(entry));
      case FileKind::symlink:
        return collect_link(std::move(entry));
      case FileKind::directory:
        entry.kind = EntryKind::directory;
        return entry;
      case FileKind::other:
      case FileKind::unknown:
        break;
    }
    return refuse(fmt::format("output {} is a {}", printable(found.path),
                              S_ISFIFO(found.stamp.mode)   ? "FIFO"
                              : S_ISSOCK(found.stamp.mode) ? "socket"
                                                           : "device"));
  }

  const std::string& uncacheable() const { return uncacheable_; }

 private:
  std::optional<OutputEntry> refuse(std::string reason) {
    uncacheable_ = std::move(reason);
    return std::nullopt;
  }

  Result<std::optional<OutputEntry>> collect_file(const FoundOutput& found, OutputEntry entry) {
    VC_TRY(const int parent, parents_.parent_of(entry.path));
    // O_NONBLOCK: should a FIFO have taken its place since, opening must not wait for a writer.
    VC_TRY(const UniqueFd fd,
           open_beneath(parent, name_of_path(entry.path), O_RDONLY | O_NONBLOCK));
    auto digest = digest_of_file(fd.get());
    if (!digest) {
      return std::unexpected(std::move(digest).error().within(printable(entry.path)));
    }
    entry.executable = (found.stamp.mode & S_IXUSR) != 0;
    entry.size_bytes = found.stamp.size;
    entry.digest = *digest;
    return entry;
  }

  Result<std::optional<OutputEntry>> collect_link(OutputEntry entry) {
    VC_TRY(const int parent, parents_.parent_of(entry.path));
    VC_TRY(entry.target, link_target(parent, std::string(name_of_path(entry.path))));
    entry.kind = EntryKind::symlink;
    if (!link_stays_inside(entry.path, entry.target) || !is_utf8(entry.target)) {
      return refuse(fmt::format("output {} is a link that leaves the package (to {})",
                                printable(entry.path), printable(entry.target)));
    }
    return entry;
  }

  DirectoryCursor parents_;
  std::string uncacheable_;
};

// Whether a pattern goes on behind this link, as "dist/**" does where `dist` is one, to a directory
// that is no output itself: then what was made there would be missing after a restore.
bool hides_outputs(int package_fd, const GlobSet& globs, const OutputEntry& link) {
  struct stat target{};
  if (::fstatat(package_fd, link.path.c_str(), &target, 0) != 0 || !S_ISDIR(target.st_mode)) {
    return false;
  }
  const fs::path behind = (fs::path(link.path).parent_path() / link.target).lexically_normal();
  if (globs.can_match_below(behind.native())) {
    return false;
  }
  const std::string below = link.path + "/";
  return std::ranges::any_of(globs.patterns(), [&](const std::string& pattern) {
    const auto glob = Glob::compile(pattern);
    return !pattern.starts_with('!') && glob && (glob->literal_prefix() + "/").starts_with(below);
  });
}

}  // namespace

Result<CollectedOutputs> collect_outputs(const OutputScope& scope) {
  CollectedOutputs collected;
  // Before anything is read: what changes from now on has a later change time.
  collected.verified_at = sample_file_system_clock(scope.root / scope.package);
  VC_TRY(const UniqueFd package, open_package(scope));
  VC_TRY(const OutputTree tree, walk_outputs(package.get(), *scope.globs, WalkDetail::stamps));
  Collector collector(package.get());
  for (const FoundOutput& found : tree.outputs) {
    VC_TRY(std::optional<OutputEntry> entry, collector.collect(found));
    if (!entry) {
      collected.entries.clear();
      collected.uncacheable = collector.uncacheable();
      break;
    }
    if (entry->kind == EntryKind::symlink && hides_outputs(package.get(), *scope.globs, *entry)) {
      collected.entries.clear();
      collected.uncacheable =
          fmt::format("output {} is a link, and what is behind it ({}) is no output",
                      printable(entry->path), printable(entry->target));
      break;
    }
    collected.entries.push_back(*std::move(entry));
  }
  return collected;
}

Result<void> remove_outputs(const OutputScope& scope) {
  VC_TRY(const UniqueFd package, open_package(scope));
  VC_TRY(const OutputTree tree, walk_outputs(package.get(), *scope.globs, WalkDetail::names));
  DirectoryCursor parents(package.get(), DirectoryCursor::Missing::fail);
  for (const std::string& path : tree.owned_roots) {
    VC_TRY(const int parent, parents.parent_of(path));
    if (auto removed = remove_tree(parent, std::string(name_of_path(path))); !removed) {
      return std::unexpected(std::move(removed).error().within("output " + printable(path)));
    }
  }
  return {};
}

Result<std::vector<std::string>> protected_overlap(
    const OutputScope& scope, const std::function<bool(std::string_view)>& is_protected) {
  VC_TRY(const UniqueFd package, open_package(scope));
  VC_TRY(const OutputTree tree, walk_outputs(package.get(), *scope.globs, WalkDetail::names));
  std::vector<std::string> overlap;
  for (const FoundOutput& found : tree.outputs) {
    if (is_protected(found.path)) {
      overlap.push_back(found.path);
    }
  }
  return overlap;
}

}  // namespace vc::agent
