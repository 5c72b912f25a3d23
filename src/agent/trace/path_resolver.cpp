#include "agent/trace/path_resolver.hpp"

#include <climits>

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>

namespace vc::agent {

std::string PathResolver::resolve(std::string_view path) {
  return resolve(path, kLinksMax, true);
}

std::string PathResolver::resolve_parent(std::string_view path) {
  return resolve(path, kLinksMax, false);
}

std::string PathResolver::resolve(std::string_view path, int links_left, bool follow_last) {
  while (path.ends_with('/')) {
    path.remove_suffix(1);
    follow_last = true;  // `link/` is what the link leads to.
  }
  std::string out;
  while (!path.empty()) {
    const std::size_t slash = std::min(path.find('/'), path.size());
    const std::string_view name = path.substr(0, slash);
    path.remove_prefix(std::min(slash + 1, path.size()));
    if (name.empty() || name == ".") {
      continue;
    }
    if (name == "..") {
      out.resize(out.empty() ? 0 : out.rfind('/'));
    } else if (path.empty() && !follow_last) {
      out.append("/").append(name);
    } else {
      out = follow(out, name, links_left);
    }
  }
  return out;
}

std::string PathResolver::follow(const std::string& parent, std::string_view name, int links_left) {
  std::string path = parent + "/" + std::string(name);
  if (const auto found = known_.find(path); found != known_.end()) {
    return found->second;
  }
  std::array<char, PATH_MAX> target{};
  const ssize_t bytes = ::readlink(path.c_str(), target.data(), target.size());
  std::string real = path;
  if (bytes > 0 && links_left > 0) {
    const std::string_view text(target.data(), static_cast<std::size_t>(bytes));
    links_.insert(path);
    real = resolve(text.starts_with('/') ? std::string(text) : parent + "/" + std::string(text),
                   links_left - 1, true);
  }
  known_.emplace(std::move(path), real);
  return real;
}

}  // namespace vc::agent
