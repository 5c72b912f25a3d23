#include "agent/explain/clean_commit.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <system_error>

namespace vc::agent {

namespace {

// The untracked things of the workspace as `git status` tells them, relative to the repository and
// sorted; a directory stands for all that is in it and ends with a slash. nullopt when a tracked
// file differs, or git cannot tell.
std::optional<std::vector<std::string>> untracked_where_clean(GitCommand& git) {
  const auto records = git.run_for_list(
      {"status", "--porcelain=v1", "-z", "--no-renames", "--untracked-files=normal", "--", "."});
  if (!records) {
    return std::nullopt;
  }
  constexpr std::string_view kUntracked = "?? ";
  std::vector<std::string> paths;
  for (const std::string& record : *records) {
    if (!record.starts_with(kUntracked)) {
      return std::nullopt;
    }
    paths.push_back(record.substr(kUntracked.size()));
  }
  std::ranges::sort(paths);
  return paths;
}

// Whether `path` is one of the sorted paths, or in a directory among them.
bool is_covered(const std::vector<std::string>& sorted, std::string_view path) {
  const auto after = std::ranges::upper_bound(
      sorted, path, {}, [](const std::string& one) -> std::string_view { return one; });
  if (after == sorted.begin()) {
    return false;
  }
  const std::string& before = *std::prev(after);
  return path == before || (before.ends_with('/') && path.starts_with(before));
}

bool has_input_among(const std::vector<std::string>& untracked, std::string_view workspace,
                     const RunContext& run) {
  for (TaskId task = 0; task < run.graph.tasks.size(); ++task) {
    const std::string& directory = run.workspace.packages[run.node(task).package].directory;
    const std::string in_package =
        fmt::format("{}{}{}", workspace, directory, directory.empty() ? "" : "/");
    bool found = false;
    for_each_own_ingredient(run.fingerprints[task], [&](const Ingredient& ingredient) {
      using Kind = IngredientKind;
      const bool is_package_file =
          ingredient.kind == Kind::input || ingredient.kind == Kind::manifest;
      const bool is_file = is_package_file || ingredient.kind == Kind::global_input ||
                           ingredient.kind == Kind::lockfile;
      const std::string_view below = is_package_file ? std::string_view(in_package) : workspace;
      found =
          found || (is_file && is_covered(untracked, fmt::format("{}{}", below, ingredient.name)));
    });
    if (found) {
      return true;
    }
  }
  return false;
}

}  // namespace

bool may_have_repository(const fs::path& workspace_root) {
  std::error_code ignored;
  for (fs::path directory = workspace_root;; directory = directory.parent_path()) {
    if (fs::exists(directory / ".git", ignored)) {
      return true;
    }
    if (directory == directory.parent_path()) {
      return false;
    }
  }
}

std::optional<PlaceInHistory> place_in_history(GitCommand& git) {
  auto commit = git.commit("HEAD");
  const auto prefix = commit ? git.run({"rev-parse", "--show-prefix"}) : std::string();
  if (!commit || !prefix) {
    return std::nullopt;
  }
  return PlaceInHistory{.workspace = prefix->substr(0, prefix->find('\n')),
                        .commit = *std::move(commit)};
}

std::optional<PlaceInHistory> clean_commit(GitCommand& git, const RunContext& run) {
  auto place = place_in_history(git);
  if (!place) {
    return std::nullopt;
  }
  const auto untracked = untracked_where_clean(git);
  if (!untracked || (!untracked->empty() && has_input_among(*untracked, place->workspace, run))) {
    return std::nullopt;
  }
  return place;
}

std::vector<std::string> recent_commits(GitCommand& git, std::size_t count) {
  const auto output =
      git.run({"rev-list", "--first-parent", fmt::format("--max-count={}", count), "HEAD"});
  std::vector<std::string> commits;
  if (!output) {
    return commits;
  }
  for (std::size_t at = 0; at < output->size() && commits.size() < count;) {
    const std::size_t end = std::min(output->find('\n', at), output->size());
    const std::string line = output->substr(at, end - at);
    if (line.size() < 40 || line.find_first_not_of("0123456789abcdef") != std::string::npos) {
      break;  // A complaint.
    }
    commits.push_back(line);
    at = end + 1;
  }
  return commits;
}

}  // namespace vc::agent
