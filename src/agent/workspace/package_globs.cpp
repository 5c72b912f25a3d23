#include "agent/workspace/package_globs.hpp"

#include "agent/diagnostic_codes.hpp"
#include "core/fd.hpp"
#include "core/glob.hpp"
#include "core/glob_braces.hpp"
#include "core/glob_segment.hpp"

#include <fmt/format.h>

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <map>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

namespace vc::agent {

namespace {

constexpr int kOpenFolder = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;

// One part of a pattern: what a folder's name must be, or any number of folders.
struct Part {
  std::optional<GlobSegment> segment;  // nullopt is `**`.
  bool takes_hidden = false;
};

struct Hit {
  std::size_t pattern = 0;
  bool by_globstar = true;
};

bool is_absent(int error) {
  return error == ENOENT || error == ENOTDIR || error == ELOOP;
}

bool is_folder(int parent, const dirent& entry) {
  if (entry.d_type != DT_UNKNOWN) {
    return entry.d_type == DT_DIR;
  }
  struct stat status{};
  return ::fstatat(parent, entry.d_name, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
         S_ISDIR(status.st_mode);
}

// Names of the folders in `folder`; node_modules is not one of them.
Result<std::vector<std::string>> folders_in(int folder) {
  UniqueFd own(::openat(folder, ".", kOpenFolder));
  if (!own.valid()) {
    return std::unexpected(errno_error("open a folder"));
  }
  const std::unique_ptr<DIR, int (*)(DIR*)> listing(::fdopendir(own.get()), &::closedir);
  if (listing == nullptr) {
    return std::unexpected(errno_error("list a folder"));
  }
  own.release();
  std::vector<std::string> names;
  errno = 0;
  while (const dirent* entry = ::readdir(listing.get())) {
    const std::string_view name(entry->d_name);
    if (name != "." && name != ".." && name != "node_modules" && is_folder(folder, *entry)) {
      names.emplace_back(name);
    }
    errno = 0;
  }
  if (errno != 0) {
    return std::unexpected(errno_error("list a folder"));
  }
  return names;
}

std::string joined(const std::string& path, const std::string& name) {
  return path.empty() ? name : path + "/" + name;
}

// Walks the file system along one pattern.
class PatternWalk {
 public:
  PatternWalk(std::vector<Part> parts, std::size_t pattern, std::map<std::string, Hit>& hits)
      : parts_(std::move(parts)), pattern_(pattern), hits_(hits) {
    by_globstar_ = std::ranges::any_of(parts_, [](const Part& part) { return !part.segment; });
  }

  Result<void> visit(int folder, const std::string& path, std::size_t part) {
    if (part == parts_.size()) {
      record(path);
      return {};
    }
    const Part& wanted = parts_[part];
    if (!wanted.segment) {
      return visit_globstar(folder, path, part);
    }
    const GlobSegment& segment = *wanted.segment;
    if (segment.is_literal()) {
      return segment.literal() == "node_modules" ? Result<void>()
                                                 : enter(folder, path, segment.literal(), part + 1);
    }
    VC_TRY(const std::vector<std::string> names, folders_in(folder));
    for (const std::string& name : names) {
      if ((name.starts_with('.') && !wanted.takes_hidden) || !segment.matches(name)) {
        continue;
      }
      if (part + 1 == parts_.size()) {
        record(joined(path, name));  // Known to be a folder: not opened for nothing.
      } else {
        VC_CHECK(enter(folder, path, name, part + 1));
      }
    }
    return {};
  }

  bool found_any() const { return found_any_; }

 private:
  Result<void> visit_globstar(int folder, const std::string& path, std::size_t part) {
    VC_CHECK(visit(folder, path, part + 1));
    if (static_cast<std::size_t>(std::ranges::count(path, '/')) >= kFolderDepthMax) {
      return {};
    }
    VC_TRY(const std::vector<std::string> names, folders_in(folder));
    for (const std::string& name : names) {
      if (!name.starts_with('.')) {
        VC_CHECK(enter(folder, path, name, part));
      }
    }
    return {};
  }

  Result<void> enter(int parent, const std::string& path, const std::string& name,
                     std::size_t part) {
    const std::string below = joined(path, name);
    const UniqueFd folder(::openat(parent, name.c_str(), kOpenFolder));
    if (!folder.valid()) {
      return is_absent(errno) ? Result<void>() : std::unexpected(errno_error("open " + below));
    }
    return visit(folder.get(), below, part);
  }

  void record(const std::string& path) {
    if (path.empty()) {
      return;
    }
    found_any_ = true;
    Hit& hit = hits_[path];
    hit.pattern = pattern_;
    hit.by_globstar = hit.by_globstar && by_globstar_;
  }

  std::vector<Part> parts_;
  std::size_t pattern_;
  std::map<std::string, Hit>& hits_;
  bool by_globstar_ = false;
  bool found_any_ = false;
};

Result<std::vector<Part>> parse_parts(std::string_view pattern) {
  std::vector<Part> parts;
  while (!pattern.empty()) {
    const std::size_t slash = pattern.find('/');
    const std::string_view text = pattern.substr(0, slash);
    pattern.remove_prefix(slash == std::string_view::npos ? pattern.size() : slash + 1);
    if (text.empty() || text == ".") {
      continue;
    }
    if (text == "**") {
      parts.push_back({.segment = std::nullopt});
      continue;
    }
    VC_TRY(GlobSegment segment, GlobSegment::compile(text));
    parts.push_back({.segment = std::move(segment), .takes_hidden = text.starts_with('.')});
  }
  return parts;
}

class FolderSearch {
 public:
  FolderSearch(const fs::path& root, const std::vector<PackagePattern>& patterns)
      : root_(root), patterns_(patterns) {}

  std::expected<FoundFolders, Diagnostic> run() {
    FoundFolders found;
    const UniqueFd root(::open(root_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!root.valid()) {
      return std::unexpected(failure(0, errno_error("open " + root_.string())));
    }
    std::vector<std::pair<std::size_t, Glob>> exclusions;
    for (std::size_t i = 0; i < patterns_.size(); ++i) {
      const std::string_view text = patterns_[i].text;
      // Also checks what expand_braces() does not: "..", an absolute path, the limits.
      auto glob = Glob::compile(text.substr(text.starts_with('!') ? 1 : 0));
      if (!glob) {
        return std::unexpected(failure(i, glob.error()));
      }
      if (text.starts_with('!')) {
        exclusions.emplace_back(i, *std::move(glob));
        found.pattern_found_any.push_back(true);
        continue;
      }
      const auto any = walk(root.get(), i);
      if (!any) {
        return std::unexpected(failure(i, any.error()));
      }
      found.pattern_found_any.push_back(*any);
    }
    for (const auto& [path, hit] : hits_) {
      const bool excluded = std::ranges::any_of(exclusions, [&](const auto& exclusion) {
        return exclusion.first > hit.pattern && exclusion.second.matches(path);
      });
      if (!excluded) {
        found.folders.push_back({.path = path, .by_globstar = hit.by_globstar});
      }
    }
    return found;
  }

 private:
  Result<bool> walk(int root, std::size_t index) {
    VC_TRY(const std::vector<std::string> alternatives,
           expand_braces(patterns_[index].text, {.alternatives_max = Glob::kAlternativesMax,
                                                 .bytes_max = Glob::kExpandedBytesMax}));
    bool found_any = false;
    for (const std::string& alternative : alternatives) {
      VC_TRY(std::vector<Part> parts, parse_parts(alternative));
      PatternWalk walk(std::move(parts), index, hits_);
      VC_CHECK(walk.visit(root, "", 0));
      found_any = found_any || walk.found_any();
    }
    return found_any;
  }

  Diagnostic failure(std::size_t pattern, const Error& error) const {
    Diagnostic diagnostic{.code = codes::kBadPattern,
                          .message = error.message,
                          .source_line = {},
                          .help = error.hint};
    if (pattern < patterns_.size()) {
      diagnostic.at = patterns_[pattern].at;
      diagnostic.message =
          fmt::format("packages \"{}\": {}", patterns_[pattern].text, error.message);
    }
    return diagnostic;
  }

  const fs::path& root_;
  const std::vector<PackagePattern>& patterns_;
  std::map<std::string, Hit> hits_;
};

}  // namespace

std::expected<FoundFolders, Diagnostic> find_package_folders(
    const fs::path& root, const std::vector<PackagePattern>& patterns) {
  return FolderSearch(root, patterns).run();
}

}  // namespace vc::agent
