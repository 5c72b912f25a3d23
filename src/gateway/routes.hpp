// The routes of the gateway as a table: what the router matches, what 405 lists, what metrics and
// logs call them, and what docs/openapi.json must describe (a test compares).
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>

namespace vc::gateway {

enum class Route {
  negotiate,
  negotiate_batch,
  report,
  blob,
  proxy_blob,
  capabilities,
  health,
  livez,
  readyz,
  metrics,
  openapi,
  none,  // No route matched.
};

// What a request has to show.
enum class Access { open, bearer, signed_url };

struct RouteRow {
  Route route;
  std::string_view path_template;  // A final `{...}` matches any non-empty rest of the path.
  std::string_view methods;        // As in Allow: "GET, HEAD".
  Access access;
};

// NOLINTBEGIN(modernize-use-designated-initializers): a table is read by its columns.
inline constexpr std::array kRoutes{
    RouteRow{Route::negotiate, "/v1/negotiate", "POST", Access::bearer},
    RouteRow{Route::negotiate_batch, "/v1/negotiate/batch", "POST", Access::bearer},
    RouteRow{Route::report, "/v1/report", "POST", Access::bearer},
    RouteRow{Route::blob, "/v1/blobs/{key}", "GET, HEAD, PUT", Access::signed_url},
    RouteRow{Route::proxy_blob, "/v1/proxy/blob/{key}", "GET, HEAD, PUT", Access::bearer},
    RouteRow{Route::capabilities, "/v1/capabilities", "GET, HEAD", Access::bearer},
    RouteRow{Route::health, "/health", "GET, HEAD", Access::open},
    RouteRow{Route::livez, "/livez", "GET, HEAD", Access::open},
    RouteRow{Route::readyz, "/readyz", "GET, HEAD", Access::open},
    RouteRow{Route::metrics, "/metrics", "GET, HEAD", Access::open},
    RouteRow{Route::openapi, "/openapi.json", "GET, HEAD", Access::open},
};
// NOLINTEND(modernize-use-designated-initializers)

// The path and query of a request target: what is left of the absolute form (RFC 9112 section
// 3.2.2) without scheme and authority.
std::string_view origin_form(std::string_view target);

// The row that `target` (in origin form) belongs to, or nullptr. Nothing is decoded or normalised:
// a path with `%`, `//` or `..` is none of the fixed routes, and key routes refuse it as a key.
const RouteRow* find_route(std::string_view target);

// Whether `method` is one of row.methods.
bool allows(const RouteRow& row, std::string_view method);

// "/v1/negotiate", or "none".
std::string_view route_name(Route route);

// What stands for the `{...}` of the row's template.
std::string_view rest_of_path(const RouteRow& row, std::string_view target);

// Without the '?'; "" when there is none.
std::string_view query_of(std::string_view target);

}  // namespace vc::gateway
