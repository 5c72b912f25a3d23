#include "agent/prune/source_files.hpp"

#include "agent/beneath.hpp"

#include <fcntl.h>

#include <algorithm>
#include <array>
#include <utility>

namespace vc::agent {

namespace {

constexpr int kFolderDepthMax = 256;
constexpr std::array<std::string_view, 4> kNeverSources{".git", "node_modules", ".velocity",
                                                        ".turbo"};

using Scope = std::shared_ptr<const IgnoreScope>;

class SourceWalk {
 public:
  SourceWalk(int root_fd, GitRepository& repository, const SourceFolder& folder)
      : root_fd_(root_fd), repository_(repository), folder_(folder) {}

  Result<std::vector<SourceEntry>> run() {
    std::string in_repository = repository_.prefix() + folder_.directory;
    if (in_repository.ends_with('/')) {
      in_repository.pop_back();
    }
    VC_TRY(Scope scope, repository_.scope_around(in_repository));
    VC_CHECK(walk(folder_.directory, std::move(scope), TrackedOnly::no, 0));
    return std::move(found_);
  }

 private:
  // In an ignored folder only what git tracks is a source.
  enum class TrackedOnly { no, yes };

  std::string top_path(std::string_view path) const {
    std::string text = repository_.prefix();
    text += path;
    if (text.ends_with('/')) {
      text.pop_back();  // The workspace itself.
    }
    return text;
  }

  Result<void> walk(const std::string& directory, Scope scope, TrackedOnly tracked_only,
                    int depth) {
    if (depth > kFolderDepthMax) {
      return fail(Errc::too_large, directory + " is more than 256 folders deep");
    }
    VC_TRY(const UniqueFd fd, open_beneath(root_fd_, directory.empty() ? "." : directory,
                                           O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    VC_TRY(scope, with_gitignore(std::move(scope), fd.get(), top_path(directory)));
    VC_TRY(auto entries, list_directory(fd.get()));
    std::ranges::sort(entries, {}, &DirectoryEntry::name);
    for (const DirectoryEntry& entry : entries) {
      VC_CHECK(visit(directory.empty() ? entry.name : directory + "/" + entry.name, entry, scope,
                     tracked_only, depth));
    }
    return {};
  }

  Result<void> visit(const std::string& path, const DirectoryEntry& entry, const Scope& scope,
                     TrackedOnly tracked_only, int depth) {
    if (std::ranges::find(kNeverSources, entry.name) != kNeverSources.end() ||
        entry.kind == FileKind::other) {
      return {};
    }
    const std::string top = top_path(path);
    const bool is_unwanted =
        tracked_only == TrackedOnly::yes || is_ignored(scope.get(), top, entry.kind);
    if (entry.kind != FileKind::directory) {
      if (!is_unwanted || repository_.tracked().contains(top)) {
        found_.push_back({.path = path, .kind = entry.kind});
      }
      return {};
    }
    if (std::ranges::binary_search(folder_.left_out, path) ||
        (is_unwanted && !repository_.tracked().contains_below(top))) {
      return {};
    }
    found_.push_back({.path = path, .kind = FileKind::directory});
    return walk(path, scope, is_unwanted ? TrackedOnly::yes : TrackedOnly::no, depth + 1);
  }

  int root_fd_;
  GitRepository& repository_;
  const SourceFolder& folder_;
  std::vector<SourceEntry> found_;
};

}  // namespace

Result<std::vector<SourceEntry>> list_sources(int root_fd, GitRepository& repository,
                                              const SourceFolder& folder) {
  return SourceWalk(root_fd, repository, folder).run();
}

}  // namespace vc::agent
