#include "agent/prune/npm_lock.hpp"

#include "agent/lockfile/lock_json.hpp"

#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <string>
#include <utility>

namespace vc::agent {

namespace {

namespace json = boost::json;

constexpr std::string_view kModules = "node_modules/";
constexpr std::array<std::string_view, 4> kDependencyMaps{"dependencies", "optionalDependencies",
                                                          "peerDependencies", "devDependencies"};

class NpmLockWalk {
 public:
  NpmLockWalk(const json::object& packages, const std::vector<std::string>& directories)
      : packages_(packages), directories_(directories) {}

  Result<std::set<std::string>> run() {
    keep("");
    for (const std::string& directory : directories_) {
      if (!packages_.contains(directory)) {
        return fail(Errc::invalid, "the lockfile does not know " + directory);
      }
      keep(directory);
    }
    // What the package manager itself links into node_modules.
    for (const auto& [key, entry] : packages_) {
      if (const auto target = link_target_of(entry); target && is_kept_workspace(*target)) {
        keep(std::string(key));
      }
    }
    while (!todo_.empty()) {
      const std::string key = std::move(todo_.back());
      todo_.pop_back();
      follow(key);
    }
    return std::move(kept_);
  }

 private:
  static std::optional<std::string> link_target_of(const json::value& entry) {
    const json::object* object = entry.if_object();
    const json::value* is_link = object == nullptr ? nullptr : object->if_contains("link");
    const json::value* resolved = object == nullptr ? nullptr : object->if_contains("resolved");
    if (is_link == nullptr || *is_link != json::value(true) || resolved == nullptr ||
        !resolved->is_string()) {
      return std::nullopt;
    }
    return std::string(resolved->get_string());
  }

  bool is_kept_workspace(const std::string& directory) const {
    return std::ranges::find(directories_, directory) != directories_.end();
  }

  void keep(std::string key) {
    if (kept_.insert(key).second) {
      todo_.push_back(std::move(key));
    }
  }

  void follow(const std::string& key) {
    const json::object* entry = packages_.at(key).if_object();
    if (entry == nullptr) {
      return;
    }
    const bool is_installed = key.contains(kModules);
    for (const std::string_view name : kDependencyMaps) {
      if (is_installed && name == "devDependencies") {
        continue;
      }
      const json::value* map = entry->if_contains(name);
      const json::object* dependencies = map == nullptr ? nullptr : map->if_object();
      if (dependencies == nullptr) {
        continue;
      }
      for (const auto& [dependency, range] : *dependencies) {
        resolve(key, dependency);
      }
    }
  }

  // Each node_modules on the way up, as node looks for a module.
  void resolve(std::string_view from, std::string_view name) {
    while (true) {
      std::string candidate = std::string(from) + (from.empty() ? "" : "/");
      candidate += kModules;
      candidate += name;
      if (const auto found = packages_.find(candidate); found != packages_.end()) {
        const auto target = link_target_of(found->value());
        // A workspace that does not stay is not there to be linked.
        if (!target || is_kept_workspace(*target)) {
          keep(std::move(candidate));
        }
        return;
      }
      if (from.empty()) {
        return;
      }
      const std::size_t slash = from.rfind('/');
      from = from.substr(0, slash == std::string_view::npos ? 0 : slash);
    }
  }

  const json::object& packages_;
  const std::vector<std::string>& directories_;
  std::set<std::string> kept_;
  std::vector<std::string> todo_;
};

}  // namespace

Result<std::string> prune_npm_lock(std::string_view text,
                                   const std::vector<std::string>& directories) {
  VC_TRY(json::object root, parse_lock_json(text, JsonDialect::strict));
  json::value* packages = root.if_contains("packages");
  if (packages == nullptr || !packages->is_object() || !packages->get_object().contains("")) {
    return fail(Errc::invalid, "it has no list of packages (lockfileVersion 2 or 3)");
  }
  VC_TRY(const auto kept, NpmLockWalk(packages->get_object(), directories).run());
  json::object stays;
  for (auto& [key, entry] : packages->get_object()) {
    if (kept.contains(std::string(key))) {
      stays.emplace(key, std::move(entry));
    }
  }
  *packages = std::move(stays);
  // Version 2 repeats everything for npm 6, which knows no workspaces.
  if (root.erase("dependencies") > 0) {
    root["lockfileVersion"] = 3;
  }
  return json::serialize(root) + "\n";
}

}  // namespace vc::agent
