#include "agent/output_path.hpp"

#include "core/utf8.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <string>

namespace vc::agent {

namespace {

// Calls `visit(component)` for each '/'-separated component, empty ones included, until it says no.
template <class Visit>
bool all_components(std::string_view path, const Visit& visit) {
  for (;;) {
    const std::size_t slash = path.find('/');
    if (!visit(path.substr(0, slash))) {
      return false;
    }
    if (slash == std::string_view::npos) {
      return true;
    }
    path.remove_prefix(slash + 1);
  }
}

bool equal_without_case(std::string_view text, std::string_view lower) {
  return std::ranges::equal(text, lower, [](char a, char b) {
    return (a >= 'A' && a <= 'Z' ? static_cast<char>(a - 'A' + 'a') : a) == b;
  });
}

std::string_view wrong_with_component(std::string_view name, std::size_t depth) {
  if (name.empty()) {
    return "it is absolute or has an empty component";
  }
  if (name == "." || name == "..") {
    return "it has a '.' or '..' component";
  }
  if (name.size() > kOutputNameBytesMax) {
    return "a component is longer than 255 bytes";
  }
  if (is_reserved_name(name, depth)) {
    return ".git and .velocity are never outputs";
  }
  return "";
}

std::string_view wrong_with_path(std::string_view path, std::size_t path_bytes_max) {
  if (path.empty()) {
    return "it is empty";
  }
  if (path.size() > path_bytes_max) {
    return "it is too long";
  }
  if (path.contains('\0')) {
    return "it contains NUL";
  }
  if (!is_utf8(path)) {
    return "it is not UTF-8";
  }
  std::string_view wrong;
  std::size_t depth = 0;
  all_components(path, [&](std::string_view name) {
    wrong = wrong_with_component(name, depth++);
    return wrong.empty();
  });
  if (wrong.empty() && depth > kOutputDepthMax) {
    return "it has more than 128 levels";
  }
  return wrong;
}

}  // namespace

bool is_reserved_name(std::string_view name, std::size_t depth) {
  return equal_without_case(name, ".git") || (depth == 0 && equal_without_case(name, ".velocity"));
}

Result<void> check_output_path(std::string_view path, std::size_t path_bytes_max) {
  if (const auto wrong = wrong_with_path(path, path_bytes_max); !wrong.empty()) {
    constexpr std::size_t kShownBytesMax = 200;
    return fail(Errc::invalid, fmt::format("bad output path \"{}\": {}",
                                           printable(path.substr(0, kShownBytesMax)), wrong));
  }
  return {};
}

bool link_stays_inside(std::string_view link_path, std::string_view target) {
  if (target.empty() || target.front() == '/' || target.size() > kOutputPathBytesMax ||
      target.contains('\0')) {
    return false;
  }
  auto levels_left = std::ranges::count(link_path, '/');
  bool named = false;
  return all_components(target, [&](std::string_view name) {
    if (name == "..") {
      return !named && levels_left-- > 0;
    }
    named = named || !(name.empty() || name == ".");
    return true;
  });
}

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const Utf8Character character = first_utf8_character(text);
    if (!character.valid) {
      return false;
    }
    text.remove_prefix(character.size);
  }
  return true;
}

std::string printable(std::string_view text) {
  std::string shown;
  while (!text.empty()) {
    const Utf8Character character = first_utf8_character(text);
    const std::string_view bytes = text.substr(0, character.size);
    const bool control =
        character.value < 0x20 || (character.value >= 0x7F && character.value < 0xA0);
    if (character.valid && !control) {
      shown += bytes;
    } else {
      for (const char byte : bytes) {
        shown += fmt::format("\\x{:02x}", static_cast<std::uint8_t>(byte));
      }
    }
    text.remove_prefix(character.size);
  }
  return shown;
}

std::string_view parent_of_path(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? std::string_view() : path.substr(0, slash);
}

std::string_view name_of_path(std::string_view path) {
  return path.substr(path.rfind('/') + 1);  // npos + 1 is 0.
}

}  // namespace vc::agent
