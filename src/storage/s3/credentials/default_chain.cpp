#include "storage/s3/credentials/default_chain.hpp"

#include "core/random.hpp"
#include "storage/s3/credentials/checked_credentials.hpp"
#include "storage/s3/credentials/refreshing_credentials.hpp"

#include <fmt/format.h>

#include <optional>
#include <utility>
#include <vector>

namespace vc::storage {

namespace {

// What is set to nothing counts as unset.
std::string variable(const Environment& environment, std::string_view name) {
  return std::string(environment.find(name).value_or(""));
}

// `fallback` is below the home directory, without which there is no such file.
fs::path aws_file(const Environment& environment, std::string_view name,
                  std::string_view fallback) {
  const std::string home = variable(environment, "HOME");
  const std::string given = variable(environment, name);
  if (given.starts_with("~/") && !home.empty()) {
    return fs::path(home) / given.substr(2);
  }
  if (!given.empty()) {
    return given;
  }
  return home.empty() ? fs::path() : fs::path(home) / fallback;
}

ProfileSource profile_source(const Environment& environment) {
  const std::string name = variable(environment, "AWS_PROFILE");
  return {
      .profile = name.empty() ? "default" : name,
      .credentials_file = aws_file(environment, "AWS_SHARED_CREDENTIALS_FILE", ".aws/credentials"),
      .config_file = aws_file(environment, "AWS_CONFIG_FILE", ".aws/config"),
  };
}

class Chain {
 public:
  // An error ends the search; nullopt goes on with the next place.
  using Found = Result<std::optional<CredentialsPlace>>;

  Chain(const Environment& environment, std::string_view region)
      : environment_(environment),
        source_(profile_source(environment)),
        profile_(read_profile(source_)),
        region_(region_of(environment)) {
    region_ = region_.empty() ? region : region_;
  }

  Result<CredentialsPlace> choose() {
    using Step = Found (Chain::*)();
    constexpr Step kSteps[] = {&Chain::environment_keys, &Chain::profile_now,
                               &Chain::web_identity,     &Chain::container,
                               &Chain::profile_later,    &Chain::metadata};
    for (const Step step : kSteps) {
      VC_TRY(auto found, (this->*step)());
      if (found) {
        return *std::move(found);
      }
    }
    return fail(Errc::invalid, "VC_STORAGE_DRIVER=s3 has no credentials: " + looked_for(),
                "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or one of the others");
  }

 private:
  std::string text(std::string_view name) const { return variable(environment_, name); }

  std::string looked_for() const { return fmt::format("{}", fmt::join(looked_for_, "; ")); }

  Found absent(std::string what) {
    looked_for_.push_back(std::move(what));
    return std::nullopt;
  }

  Found environment_keys() {
    Credentials keys{.access_key_id = text("AWS_ACCESS_KEY_ID"),
                     .secret_access_key = text("AWS_SECRET_ACCESS_KEY"),
                     .session_token = text("AWS_SESSION_TOKEN")};
    if (keys.access_key_id.empty() && keys.secret_access_key.empty()) {
      return absent("AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not set");
    }
    auto checked = checked_credentials(std::move(keys));
    if (!checked) {
      return std::unexpected(std::move(checked)
                                 .error()
                                 .within("credentials of the environment")
                                 .with_hint("check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and "
                                            "AWS_SESSION_TOKEN"));
    }
    return *std::move(checked);
  }

  Found web_identity_of(std::string_view role, std::string_view token_file,
                        std::string_view session) {
    WebIdentity identity{.role_arn = std::string(role),
                         .token_file = token_file,
                         .endpoint = text("AWS_ENDPOINT_URL_STS")};
    if (!session.empty()) {
      identity.session_name = session;
    }
    if (identity.endpoint.empty()) {
      VC_TRY(identity.endpoint, sts_endpoint(region_));
    }
    return identity;
  }

  Found profile_now() {
    if (!profile_) {
      return absent(fmt::format("{}: {}", source_.text(), profile_.error().message));
    }
    const std::string_view role = profile_->find("role_arn");
    const std::string_view token_file = profile_->find("web_identity_token_file");
    if (!profile_->has_keys() && !role.empty() && !token_file.empty()) {
      return web_identity_of(role, token_file, profile_->find("role_session_name"));
    }
    const auto keys = keys_of(*profile_);
    if (!keys) {
      return absent(fmt::format("{}: {}", source_.text(), keys.error().message));
    }
    return source_;
  }

  Found web_identity() {
    const std::string role = text("AWS_ROLE_ARN");
    const std::string token_file = text("AWS_WEB_IDENTITY_TOKEN_FILE");
    if (token_file.empty()) {
      return absent("AWS_WEB_IDENTITY_TOKEN_FILE is not set");
    }
    if (role.empty()) {
      return fail(Errc::invalid, "AWS_WEB_IDENTITY_TOKEN_FILE without AWS_ROLE_ARN",
                  "set AWS_ROLE_ARN to the role to assume");
    }
    return web_identity_of(role, token_file, text("AWS_ROLE_SESSION_NAME"));
  }

  Found container() {
    const std::string relative = text("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
    const std::string full = text("AWS_CONTAINER_CREDENTIALS_FULL_URI");
    if (relative.empty() && full.empty()) {
      return absent("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI and _FULL_URI are not set");
    }
    VC_TRY(std::string url, container_url(relative, full));
    return CredentialsEndpoint{.url = std::move(url),
                               .token = text("AWS_CONTAINER_AUTHORIZATION_TOKEN"),
                               .token_file = text("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE")};
  }

  // Somebody asked for it by name: its keys may still be on their way.
  Found profile_later() {
    const bool asked_for =
        !text("AWS_PROFILE").empty() || !text("AWS_SHARED_CREDENTIALS_FILE").empty();
    return asked_for ? Found(source_) : Found(std::nullopt);
  }

  Found metadata() {
    const std::string disabled = text("AWS_EC2_METADATA_DISABLED");
    if (disabled == "true" || disabled == "TRUE" || disabled == "True") {
      return absent("AWS_EC2_METADATA_DISABLED forbids to ask the instance metadata");
    }
    ImdsProvider::Options options{.hint = "nothing else is set: " + looked_for()};
    if (std::string endpoint = text("AWS_EC2_METADATA_SERVICE_ENDPOINT"); !endpoint.empty()) {
      while (endpoint.ends_with('/')) {
        endpoint.pop_back();
      }
      options.endpoint = std::move(endpoint);
    }
    return options;
  }

  const Environment& environment_;
  ProfileSource source_;
  Result<Profile> profile_;
  std::string region_;
  std::vector<std::string> looked_for_;
};

// A provider that asks over HTTP owns what it asks with.
template <class Provider>
class OverHttp final : public CredentialsProvider {
 public:
  template <class Place, class... More>
  OverHttp(net::ClientOptions options, Place&& place, More&... more)
      : http_(net::make_http_client(std::move(options))),
        provider_(std::forward<Place>(place), *http_, more...) {}

  std::string_view name() const override { return provider_.name(); }

  Result<Credentials> fetch(std::stop_token stop) override {
    return provider_.fetch(std::move(stop));
  }

 private:
  std::unique_ptr<net::HttpClient> http_;
  Provider provider_;
};

}  // namespace

Result<CredentialsPlace> choose_credentials(const Environment& environment,
                                            std::string_view region) {
  return Chain(environment, region).choose();
}

std::string region_of(const Environment& environment) {
  for (const std::string_view name : {"AWS_REGION", "AWS_DEFAULT_REGION"}) {
    if (std::string region = variable(environment, name); !region.empty()) {
      return region;
    }
  }
  const auto profile = read_profile(profile_source(environment));
  if (!profile) {
    return "";  // Whoever needs the profile's keys will say why.
  }
  const auto region = profile->config.find("region");
  return region == profile->config.end() ? std::string(profile->find("region")) : region->second;
}

std::unique_ptr<const CredentialsSource> make_credentials(const CredentialsOptions& options,
                                                          const Clock& clock, Log& log) {
  const net::ClientOptions http{.idle_connections_max = 1, .ca_file = options.ca_file};

  struct Maker {
    const net::ClientOptions& http;
    const Clock& clock;
    Log& log;

    std::unique_ptr<CredentialsProvider> operator()(const Credentials&) const { return nullptr; }

    std::unique_ptr<CredentialsProvider> operator()(const ProfileSource& source) const {
      return std::make_unique<ProfileProvider>(source, clock);
    }

    std::unique_ptr<CredentialsProvider> operator()(const WebIdentity& identity) const {
      return std::make_unique<OverHttp<WebIdentityProvider>>(http, identity);
    }

    std::unique_ptr<CredentialsProvider> operator()(const CredentialsEndpoint& endpoint) const {
      return std::make_unique<OverHttp<ContainerProvider>>(http, endpoint);
    }

    std::unique_ptr<CredentialsProvider> operator()(const ImdsProvider::Options& imds) const {
      return std::make_unique<OverHttp<ImdsProvider>>(http, imds, clock, log);
    }
  };

  if (const auto* const fixed = std::get_if<Credentials>(&options.place)) {
    return std::make_unique<StaticCredentials>(*fixed);
  }
  auto provider = std::visit(Maker{.http = http, .clock = clock, .log = log}, options.place);
  // Any byte will do: it only keeps replicas from asking in step.
  const double jitter = static_cast<double>(random_bytes(1)[0]) / 255.0;
  return std::make_unique<RefreshingCredentials>(std::move(provider), clock, log, jitter);
}

}  // namespace vc::storage
