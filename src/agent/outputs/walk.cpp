#include "agent/outputs/walk.hpp"

#include "agent/beneath.hpp"
#include "agent/output_path.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>

namespace vc::agent {

namespace {

constexpr std::string_view kNodeModules = "node_modules";

// Whether a pattern that does not mean everything anyway takes in whatever lies below `directory`.
bool takes_in_all_below(const GlobSet& globs, const std::string& directory) {
  constexpr std::string_view kAnyPath = "\x01/\x01";
  return std::ranges::any_of(globs.patterns(), [&](const std::string& pattern) {
    const auto glob = Glob::compile(pattern);
    return !pattern.starts_with('!') && glob &&
           glob->matches(fmt::format("{}/{}", directory, kAnyPath)) && !glob->matches(kAnyPath);
  });
}

bool names_node_modules(const GlobSet& globs) {
  return std::ranges::any_of(globs.patterns(), [](const std::string& pattern) {
    return !pattern.starts_with('!') && pattern.contains(kNodeModules);
  });
}

class OutputWalk {
 public:
  OutputWalk(const GlobSet& globs, WalkDetail detail) : globs_(globs), detail_(detail) {}

  Result<OutputTree> run(int package_fd) {
    VC_TRY(const Content content, walk(package_fd, "", 0));
    static_cast<void>(content);  // The package itself is nobody's output.
    std::ranges::sort(tree_.outputs, {}, &FoundOutput::path);
    std::ranges::sort(tree_.owned_roots);
    return std::move(tree_);
  }

 private:
  struct Content {
    bool outputs = false;
    bool others = false;

    bool owned() const { return outputs && !others; }

    void add(const Content& part) {
      outputs = outputs || part.outputs;
      others = others || part.others;
    }
  };

  Result<Content> walk(int fd, const std::string& directory, std::size_t depth);
  bool enters_node_modules(const std::string& directory,
                           const std::vector<DirectoryEntry>& beside) const;
  Result<Content> visit(int fd, const DirectoryEntry& entry, const std::string& path,
                        std::size_t depth);
  Result<Content> descend(int fd, const DirectoryEntry& entry, const std::string& path,
                          std::size_t depth);
  Result<Content> found(int fd, const DirectoryEntry& entry, const std::string& path);

  const GlobSet& globs_;
  WalkDetail detail_;
  OutputTree tree_;
};

Result<OutputWalk::Content> OutputWalk::walk(int fd, const std::string& directory,
                                             std::size_t depth) {
  auto entries = list_directory(fd);
  if (!entries) {
    return std::unexpected(std::move(entries).error().within(printable(directory)));
  }
  Content all;
  for (const DirectoryEntry& entry : *entries) {
    if (entry.name == kNodeModules && !enters_node_modules(directory, *entries)) {
      all.others = true;
      continue;
    }
    const std::string path = directory.empty() ? entry.name : directory + '/' + entry.name;
    const std::size_t roots_before = tree_.owned_roots.size();
    VC_TRY(const Content content, visit(fd, entry, path, depth));
    if (content.owned()) {
      tree_.owned_roots.resize(roots_before);  // Those are below this one.
      tree_.owned_roots.push_back(path);
    }
    all.add(content);
  }
  return all;
}

bool OutputWalk::enters_node_modules(const std::string& directory,
                                     const std::vector<DirectoryEntry>& beside) const {
  const bool is_installed =
      directory.empty() ||
      std::ranges::find(beside, "package.json", &DirectoryEntry::name) != beside.end();
  return !is_installed || names_node_modules(globs_) ||
         (!directory.empty() && takes_in_all_below(globs_, directory));
}

Result<OutputWalk::Content> OutputWalk::visit(int fd, const DirectoryEntry& entry,
                                              const std::string& path, std::size_t depth) {
  if (is_reserved_name(entry.name, depth)) {
    return Content{.others = true};
  }
  if (entry.kind == FileKind::directory) {
    return descend(fd, entry, path, depth);
  }
  return globs_.matches(path) ? found(fd, entry, path) : Content{.others = true};
}

Result<OutputWalk::Content> OutputWalk::descend(int fd, const DirectoryEntry& entry,
                                                const std::string& path, std::size_t depth) {
  const bool matches = globs_.matches(path);
  if (!matches && !globs_.can_match_below(path)) {
    return Content{.others = true};
  }
  if (depth + 1 >= kOutputDepthMax) {
    return fail(Errc::too_large, fmt::format("{}: more than {} levels of directories",
                                             printable(path), kOutputDepthMax));
  }
  auto directory = open_beneath(fd, entry.name, O_RDONLY | O_DIRECTORY);
  if (!directory) {
    // Gone since it was listed: then there is nothing in it either.
    return directory.error().code == Errc::not_found
               ? Result<Content>(Content{})
               : std::unexpected(std::move(directory).error().within(printable(path)));
  }
  VC_TRY(const Content content, walk(directory->get(), path, depth + 1));
  if (content.outputs || content.others) {
    return content;
  }
  return matches ? found(fd, entry, path) : Content{.others = true};
}

Result<OutputWalk::Content> OutputWalk::found(int fd, const DirectoryEntry& entry,
                                              const std::string& path) {
  FoundOutput output{.path = path, .kind = entry.kind, .stamp = {}};
  if (detail_ == WalkDetail::stamps) {
    struct stat status{};
    if (::fstatat(fd, entry.name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
      return errno == ENOENT ? Result<Content>(Content{})
                             : std::unexpected(errno_error("stat " + printable(path)));
    }
    output.kind = kind_of_mode(status.st_mode);
    output.stamp = FileStamp::of(status);
    output.device = status.st_dev;
  }
  tree_.outputs.push_back(std::move(output));
  return Content{.outputs = true};
}

}  // namespace

// The workspace and where its packages are is the user's word: links in these paths are followed.
Result<UniqueFd> open_package(const OutputScope& scope) {
  return open_file(scope.root / scope.package, O_RDONLY | O_DIRECTORY);
}

Result<OutputTree> walk_outputs(int package_fd, const GlobSet& globs, WalkDetail detail) {
  return OutputWalk(globs, detail).run(package_fd);
}

}  // namespace vc::agent
