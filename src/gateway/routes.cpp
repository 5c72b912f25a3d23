#include "gateway/routes.hpp"

namespace vc::gateway {
namespace {

std::string_view path_of(std::string_view target) {
  return target.substr(0, target.find('?'));
}

std::string_view fixed_part(const RouteRow& row) {
  return row.path_template.substr(0, row.path_template.find('{'));
}

}  // namespace

std::string_view origin_form(std::string_view target) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (target.starts_with(scheme)) {
      const std::size_t path = target.find('/', scheme.size());
      return path == std::string_view::npos ? "/" : target.substr(path);
    }
  }
  return target;
}

const RouteRow* find_route(std::string_view target) {
  const std::string_view path = path_of(target);
  for (const RouteRow& row : kRoutes) {
    const std::string_view fixed = fixed_part(row);
    const bool exact = fixed.size() == row.path_template.size();
    if (exact ? path == fixed : path.starts_with(fixed) && path.size() > fixed.size()) {
      return &row;
    }
  }
  return nullptr;
}

bool allows(const RouteRow& row, std::string_view method) {
  std::string_view rest = row.methods;
  while (!rest.empty()) {
    const std::string_view allowed = rest.substr(0, rest.find(','));
    if (allowed == method) {
      return true;
    }
    rest.remove_prefix(std::min(allowed.size() + 2, rest.size()));
  }
  return false;
}

std::string_view route_name(Route route) {
  for (const RouteRow& row : kRoutes) {
    if (row.route == route) {
      return row.path_template;
    }
  }
  return "none";
}

std::string_view rest_of_path(const RouteRow& row, std::string_view target) {
  return path_of(target).substr(fixed_part(row).size());
}

std::string_view query_of(std::string_view target) {
  const std::size_t mark = target.find('?');
  return mark == std::string_view::npos ? "" : target.substr(mark + 1);
}

}  // namespace vc::gateway
