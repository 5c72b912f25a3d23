#include "agent/fingerprint/git_repository.hpp"

#include "core/text.hpp"

#include <fcntl.h>

#include <cctype>
#include <optional>
#include <utility>

namespace vc::agent {

namespace {

constexpr std::uint64_t kIgnoreFileBytesMax = 4ULL << 20;
constexpr std::uint64_t kGitFileBytesMax = 64ULL << 10;
constexpr std::uint64_t kGitConfigBytesMax = 1ULL << 20;
constexpr std::uint64_t kGitIndexBytesMax = 1ULL << 30;

// `.git` itself, or where it points in a linked worktree or submodule.
std::optional<fs::path> git_directory_of(const fs::path& working_tree) {
  fs::path git = working_tree / ".git";
  struct stat status{};
  if (::stat(git.c_str(), &status) != 0) {
    return std::nullopt;
  }
  if (S_ISREG(status.st_mode)) {
    const auto text = read_file(git, kGitFileBytesMax);
    constexpr std::string_view kKey = "gitdir:";
    if (!text || !text->starts_with(kKey)) {
      return std::nullopt;
    }
    git = working_tree / trimmed(std::string_view(*text).substr(kKey.size()));
  }
  // As git, not taken in by an empty directory of that name. HEAD may be a dangling link.
  return ::lstat((git / "HEAD").c_str(), &status) == 0 ? std::optional(git) : std::nullopt;
}

GitHash hash_of(const fs::path& common_directory) {
  const auto text = read_file(common_directory / "config", kGitConfigBytesMax);
  if (!text) {
    return GitHash::sha1;
  }
  std::string lower;
  for (const char c : *text) {
    lower += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  const std::size_t key = lower.find("objectformat");
  const std::string_view line =
      key == std::string::npos ? std::string_view()
                               : std::string_view(lower).substr(key, lower.find('\n', key) - key);
  return line.find("sha256") == std::string_view::npos ? GitHash::sha1 : GitHash::sha256;
}

Result<std::shared_ptr<const IgnoreScope>> with_rules(std::shared_ptr<const IgnoreScope> outer,
                                                      std::string_view directory,
                                                      std::string_view text) {
  IgnoreRules rules = IgnoreRules::parse(text);
  if (rules.empty()) {
    return outer;
  }
  return std::make_shared<const IgnoreScope>(IgnoreScope{
      .outer = std::move(outer), .directory = std::string(directory), .rules = std::move(rules)});
}

}  // namespace

Result<std::shared_ptr<const IgnoreScope>> with_gitignore(std::shared_ptr<const IgnoreScope> outer,
                                                          int directory_fd,
                                                          std::string_view directory) {
  const UniqueFd fd(
      ::openat(directory_fd, ".gitignore", O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  const std::string name =
      directory.empty() ? ".gitignore" : std::string(directory) + "/.gitignore";
  struct stat status{};
  if (!fd.valid()) {
    if (errno == ENOENT || errno == ELOOP) {
      return outer;
    }
    return std::unexpected(errno_error("open " + name));
  }
  if (::fstat(fd.get(), &status) != 0 || !S_ISREG(status.st_mode)) {
    return outer;
  }
  if (static_cast<std::uint64_t>(status.st_size) > kIgnoreFileBytesMax) {
    return fail(Errc::too_large, name + " is larger than 4 MiB");
  }
  std::string text(static_cast<std::size_t>(status.st_size), '\0');
  VC_TRY(const std::size_t got, read_up_to(fd.get(), std::as_writable_bytes(std::span(text))));
  return with_rules(std::move(outer), directory, std::string_view(text).substr(0, got));
}

Result<GitRepository> GitRepository::open(const fs::path& workspace_root) {
  GitRepository repository;
  repository.top_ = workspace_root;
  for (fs::path top = workspace_root;; top = top.parent_path()) {
    if (const auto git_directory = git_directory_of(top)) {
      repository.top_ = top;
      const fs::path inside = workspace_root.lexically_relative(top);
      repository.prefix_ = inside == "." ? "" : inside.string() + "/";
      VC_CHECK(repository.read_git_directory(*git_directory));
      break;
    }
    if (top == top.parent_path()) {
      break;
    }
  }
  return repository;
}

std::optional<fs::path> in_main_worktree(const fs::path& workspace_root) {
  fs::path top = workspace_root;
  auto git_directory = git_directory_of(top);
  while (!git_directory && top != top.parent_path()) {
    top = top.parent_path();
    git_directory = git_directory_of(top);
  }
  if (!git_directory) {
    return std::nullopt;
  }
  const auto common = read_file(*git_directory / "commondir", kGitFileBytesMax);
  if (!common) {
    return std::nullopt;
  }
  fs::path git = (*git_directory / trimmed(*common)).lexically_normal();
  if (!git.has_filename()) {
    git = git.parent_path();  // "x/.." becomes "", with the slash before it.
  }
  if (git.filename() != ".git") {
    return std::nullopt;
  }
  const fs::path inside = workspace_root.lexically_relative(top);
  fs::path found = inside == "." ? git.parent_path() : git.parent_path() / inside;
  struct stat status{};
  return found != workspace_root && ::stat(found.c_str(), &status) == 0 && S_ISDIR(status.st_mode)
             ? std::optional(std::move(found))
             : std::nullopt;
}

Result<void> GitRepository::read_git_directory(const fs::path& git_directory) {
  fs::path common = git_directory;
  VC_TRY(const auto common_text,
         read_file_if_exists(git_directory / "commondir", kGitFileBytesMax));
  if (common_text) {
    common = git_directory / trimmed(*common_text);
  }
  VC_TRY(const auto exclude, read_file_if_exists(common / "info" / "exclude", kIgnoreFileBytesMax));
  if (exclude) {
    VC_TRY(exclude_, with_rules(nullptr, "", *exclude));
  }
  VC_TRY(const auto index_bytes, read_file_if_exists(git_directory / "index", kGitIndexBytesMax));
  if (index_bytes) {
    auto index = GitIndex::parse(*index_bytes, hash_of(common));
    if (index) {
      tracked_ = *std::move(index);
    } else {
      problem_ = index.error().message;
    }
  }
  return {};
}

Result<std::shared_ptr<const IgnoreScope>> GitRepository::scope_around(
    const std::string& directory) {
  if (directory.empty()) {
    return exclude_;
  }
  const std::size_t slash = directory.rfind('/');
  VC_TRY(auto scope, scope_inside(slash == std::string::npos ? "" : directory.substr(0, slash)));
  if (is_ignored(scope.get(), directory, FileKind::directory)) {
    return nullptr;
  }
  return scope;
}

Result<std::shared_ptr<const IgnoreScope>> GitRepository::scope_inside(
    const std::string& directory) {
  if (const auto known = scopes_.find(directory); known != scopes_.end()) {
    return known->second;
  }
  VC_TRY(auto scope, scope_around(directory));
  VC_TRY(const UniqueFd fd, open_file(top_ / directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  VC_TRY(scope, with_gitignore(std::move(scope), fd.get(), directory));
  scopes_.emplace(directory, scope);
  return scope;
}

}  // namespace vc::agent
