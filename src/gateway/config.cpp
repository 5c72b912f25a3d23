#include "gateway/config.hpp"

#include "gateway/azure_config.hpp"
#include "gateway/gcs_config.hpp"
#include "gateway/public_url.hpp"
#include "gateway/s3_config.hpp"

#include <fmt/format.h>

#include <unistd.h>

#include <algorithm>
#include <array>

namespace vc::gateway {
namespace {

constexpr std::size_t kTokenBytesWeak = 16;
constexpr std::size_t kTokenBytesMax = 4096;

constexpr std::array kOptions{
    Option{.variable = "VC_AUTH_TOKEN",
           .doc = "The bearer token that clients must send; it may read and write scope `default`.",
           .secrecy = Secrecy::secret},
    Option{.variable = "VC_ALLOW_ANONYMOUS",
           .kind = OptionKind::boolean,
           .default_value = "false",
           .doc = "Let everybody read and write without a token; only for networks you trust."},
    Option{.variable = "VC_PORT",
           .kind = OptionKind::integer,
           .default_value = "8080",
           .doc = "Port to listen on; 0 takes any free one and the log names it.",
           .min = 0,
           .max = 65535},
    Option{.variable = "VC_HOST", .default_value = "0.0.0.0", .doc = "Address to listen on."},
    Option{.variable = "VC_PORT_FILE",
           .doc = "File that gets the port once the gateway is listening; for scripts and tests."},
    Option{.variable = "VC_PUBLIC_URL",
           .doc = "URL under which clients reach this gateway; without it the Host and "
                  "X-Forwarded-* headers of each request tell."},
    Option{.variable = "VC_BASE_URL", .doc = "Older name of VC_PUBLIC_URL."},
    Option{.variable = "VC_STORAGE_DRIVER",
           .kind = OptionKind::choice,
           .default_value = "local",
           .doc = "Where artifacts live: a directory, a bucket of an S3 store or of Google Cloud "
                  "Storage, a container of Azure Blob Storage, or (`memory`) nowhere once the "
                  "gateway ends.",
           .choices = "local|s3|gcs|azure|memory"},
    Option{.variable = "VC_LOCAL_ROOT",
           .default_value = "./velocity-data",
           .doc = "Directory of the local driver; one gateway per directory."},
    Option{.variable = "VC_LOCAL_MAX_SIZE",
           .kind = OptionKind::bytes,
           .doc = "Most the local driver keeps, such as 50GiB; past it what was used least "
                  "recently goes first. Unset: until the disk is full.",
           .min = 1},
    Option{.variable = "VC_RETENTION_DAYS",
           .kind = OptionKind::integer,
           .default_value = "7",
           .doc = "Days after their last use that the local driver keeps artifacts; 0 keeps them "
                  "until VC_LOCAL_MAX_SIZE asks for room.",
           .min = 0,
           .max = 36500},
    Option{.variable = "VC_S3_BUCKET", .doc = "Bucket of the s3 driver."},
    Option{.variable = "VC_S3_REGION",
           .default_value = "us-east-1",
           .doc =
               "Region of the bucket; without it AWS_REGION, AWS_DEFAULT_REGION and the profile's "
               "count. Stores other than AWS mostly take any."},
    Option{.variable = "VC_S3_ENDPOINT",
           .doc = "URL of an S3 store other than AWS, such as http://minio:9000; without it "
                  "AWS_ENDPOINT_URL counts."},
    Option{.variable = "VC_S3_PUBLIC_ENDPOINT",
           .doc =
               "The same store as clients reach it, when that is another URL: tickets are signed "
               "for its host."},
    Option{.variable = "VC_S3_PREFIX",
           .doc = "What stands in front of every object's name in the bucket, such as team/cache."},
    Option{.variable = "VC_S3_PATH_STYLE",
           .kind = OptionKind::choice,
           .default_value = "auto",
           .doc = "Whether the bucket is part of the path instead of the host's name; auto is true "
                  "for stores other than AWS and for buckets with dots.",
           .choices = "auto|true|false"},
    Option{.variable = "VC_S3_CREATE_BUCKET",
           .kind = OptionKind::choice,
           .default_value = "auto",
           .doc = "Whether a missing bucket is made; auto does so anywhere but on AWS.",
           .choices = "auto|true|false"},
    Option{.variable = "VC_S3_CONDITIONAL",
           .kind = OptionKind::choice,
           .default_value = "require",
           .doc =
               "What to do with a store that does not enforce the first write: require vends no "
               "upload tickets, auto looks before each upload and accepts that racing uploads can "
               "overwrite each other, off does so without trying the store.",
           .choices = "require|auto|off"},
    Option{.variable = "VC_S3_TOUCH_AFTER",
           .kind = OptionKind::seconds,
           .default_value = "0s",
           .doc = "Age from which an artifact that is asked for is copied onto itself, so that "
                  "lifecycle rules count from its last use; half the rule's days is right, 84h for "
                  "a week. 0s: never.",
           .min = 0,
           .max = 365 * 24 * 3600},
    Option{.variable = "VC_GCS_BUCKET", .doc = "Bucket of the gcs driver, which makes none."},
    Option{.variable = "VC_GCS_ENDPOINT",
           .default_value = "https://storage.googleapis.com",
           .doc = "URL of Google Cloud Storage, or of an emulator."},
    Option{.variable = "VC_GCS_PUBLIC_ENDPOINT",
           .doc = "The same as clients reach it, when that is another URL: tickets are signed for "
                  "its host."},
    Option{.variable = "VC_GCS_PREFIX",
           .doc = "What stands in front of every object's name in the bucket, such as team/cache."},
    Option{.variable = "VC_GCS_HMAC_ID",
           .doc = "Access id of an HMAC key, to sign with it instead of a service account's key."},
    Option{.variable = "VC_GCS_HMAC_SECRET",
           .doc = "The secret of that HMAC key.",
           .secrecy = Secrecy::secret},
    Option{.variable = "VC_GCS_CONDITIONAL",
           .kind = OptionKind::choice,
           .default_value = "require",
           .doc = "VC_S3_CONDITIONAL for the gcs driver; Google's own store enforces the first "
                  "write, emulators may not.",
           .choices = "require|auto|off"},
    Option{.variable = "VC_AZURE_ACCOUNT",
           .doc =
               "Storage account of the azure driver; without it AZURE_STORAGE_ACCOUNT counts, or "
               "the account of AZURE_STORAGE_CONNECTION_STRING."},
    Option{.variable = "VC_AZURE_ACCOUNT_KEY",
           .doc = "A key of that account, in base64, which signs the tickets; without it "
                  "AZURE_STORAGE_KEY counts, or the key of AZURE_STORAGE_CONNECTION_STRING.",
           .secrecy = Secrecy::secret},
    Option{.variable = "VC_AZURE_CONTAINER", .doc = "Container of the azure driver."},
    Option{.variable = "VC_AZURE_ENDPOINT",
           .doc = "URL of a blob service other than https://ACCOUNT.blob.core.windows.net, such as "
                  "http://azurite:10000/ACCOUNT or that of another cloud."},
    Option{.variable = "VC_AZURE_PUBLIC_ENDPOINT",
           .doc = "The same service as clients reach it, when that is another URL."},
    Option{.variable = "VC_AZURE_PREFIX",
           .doc = "What stands in front of every blob's name in the container, such as "
                  "team/cache."},
    Option{.variable = "VC_AZURE_CREATE_CONTAINER",
           .kind = OptionKind::choice,
           .default_value = "auto",
           .doc = "Whether a missing container is made; auto does so anywhere but on Azure.",
           .choices = "auto|true|false"},
    Option{.variable = "VC_MAX_OBJECT_SIZE",
           .kind = OptionKind::bytes,
           .default_value = "5GiB",
           .doc = "Largest artifact that is taken in.",
           .min = 1},
    Option{.variable = "VC_URL_KEY_FILE",
           .doc = "Key that signs the URLs of the local driver; made at the first start. Unset: "
                  "kept in the root."},
    Option{.variable = "VC_SEAL_KEY_FILE",
           .doc = "Ed25519 key that seals artifact metadata; made at the first start. Unset: kept "
                  "in the root of the local driver; the others have none, and every gateway needs "
                  "the same key."},
    Option{.variable = "VC_RATE_LIMIT",
           .kind = OptionKind::integer,
           .default_value = "0",
           .doc = "Requests per second of one subject before it gets 429; 0 is no limit.",
           .min = 0,
           .max = 1'000'000},
    Option{.variable = "VC_MAX_CONNECTIONS",
           .kind = OptionKind::integer,
           .default_value = "10000",
           .doc = "Open connections; more get 503.",
           .min = 1,
           .max = 1'000'000},
    Option{.variable = "VC_MAX_TRANSFERS",
           .kind = OptionKind::integer,
           .default_value = "256",
           .doc = "Artifacts on the move through the gateway at once; more get 503.",
           .min = 1,
           .max = 1'000'000},
    Option{.variable = "VC_HEAD_TIMEOUT",
           .kind = OptionKind::seconds,
           .default_value = "10s",
           .doc = "Time a client has to send the head of a request.",
           .min = 1,
           .max = 3600},
    Option{.variable = "VC_IDLE_TIMEOUT",
           .kind = OptionKind::seconds,
           .default_value = "75s",
           .doc = "How long a connection without requests stays open.",
           .min = 1,
           .max = 3600},
    Option{.variable = "VC_SHUTDOWN_DELAY",
           .kind = OptionKind::seconds,
           .default_value = "0s",
           .doc = "After SIGTERM, how long to go on serving while /readyz already fails, so that "
                  "load balancers notice; 5s suits Kubernetes.",
           .min = 0,
           .max = 3600},
    Option{.variable = "VC_SHUTDOWN_TIMEOUT",
           .kind = OptionKind::seconds,
           .default_value = "30s",
           .doc = "How long requests in flight may take to finish after that.",
           .min = 0,
           .max = 3600},
    Option{.variable = "VC_THREADS",
           .kind = OptionKind::integer,
           .default_value = "0",
           .doc = "Event loops; 0 is one per usable core.",
           .min = 0,
           .max = 1024},
    Option{.variable = "VC_DISK_THREADS",
           .kind = OptionKind::integer,
           .default_value = "16",
           .doc = "Threads that read and write artifacts.",
           .min = 1,
           .max = 1024},
    Option{.variable = "VC_LOOKUP_THREADS",
           .kind = OptionKind::integer,
           .default_value = "16",
           .doc = "Threads that ask the store whether artifacts are there.",
           .min = 1,
           .max = 1024},
    Option{.variable = "VC_LOG_FORMAT",
           .kind = OptionKind::choice,
           .default_value = "auto",
           .doc = "Log lines for machines or for people; auto looks whether stderr is a terminal.",
           .choices = "auto|json|human"},
    Option{.variable = "VC_LOG_LEVEL",
           .kind = OptionKind::choice,
           .default_value = "info",
           .doc = "What is logged; from warn on, successful requests are not.",
           .choices = "debug|info|warn|error"},
};

constexpr std::string_view kUsage = R"(velocity-server: the gateway of a self-hosted build cache.

Usage: velocity-server [options]            serve
       velocity-server doctor [options]     try the store and say what is wrong, then exit
       velocity-server healthcheck [options]
           exit 0 when the one that runs with these options is ready, else 1 with the reason

Examples:
  VC_AUTH_TOKEN=$(openssl rand -hex 24) velocity-server
  VC_AUTH_TOKEN_FILE=/run/secrets/token velocity-server --local-root /var/lib/velocity --port 8080
  velocity-server --allow-anonymous --storage-driver memory     # to try it out
  velocity-server doctor --storage-driver s3 --s3-bucket ci-cache
  velocity-server healthcheck --port 9000 && echo ready

Each option is a flag and an environment variable; a flag wins. Full reference: docs/config.md.

  --help       show this
  --version    show the version
)";

constexpr std::string_view kDocsHead = R"(# Configuration of velocity-server

<!-- Generated: velocity-server --print-config-docs > docs/config.md -->

Every option is an environment variable and a flag: `VC_LOCAL_ROOT` and `--local-root` are the same.
A flag wins over the variable, the variable over its file (`VC_AUTH_TOKEN_FILE` names a file that
holds the secret; both at once is an error), and that over the default. Sizes are written `512MB`
or `10GiB`, times `90s` or `15m`. Variables that begin with `VC_` and are not listed here are warned
about at the start, with a suggestion. A wrong value stops the start and names all mistakes at once.

The credentials of the s3 driver come from the first of these places that is set, in the order of the
AWS SDKs:

1. the environment: `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY` and, for temporary ones,
   `AWS_SESSION_TOKEN`;
2. the profile `AWS_PROFILE` (or `default`) of `AWS_SHARED_CREDENTIALS_FILE` (`~/.aws/credentials`)
   and `AWS_CONFIG_FILE` (`~/.aws/config`): `aws_access_key_id`, `aws_secret_access_key` and
   `aws_session_token`, or `role_arn` and `web_identity_token_file`; a file that changes is read
   again within two seconds (`credential_process`, SSO and `source_profile` are not supported);
3. web identity (IRSA on EKS): `AWS_ROLE_ARN`, `AWS_WEB_IDENTITY_TOKEN_FILE` and
   `AWS_ROLE_SESSION_NAME`, exchanged at `AWS_ENDPOINT_URL_STS` or at the token service of
   `AWS_REGION`;
4. the container (ECS, EKS Pod Identity): `AWS_CONTAINER_CREDENTIALS_RELATIVE_URI` or
   `AWS_CONTAINER_CREDENTIALS_FULL_URI` with `AWS_CONTAINER_AUTHORIZATION_TOKEN` or
   `AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE`; a full URI must be https, or name this machine,
   169.254.170.2, 169.254.170.23 or [fd00:ec2::23];
5. the metadata of an EC2 instance, version 2, unless `AWS_EC2_METADATA_DISABLED=true`;
   `AWS_EC2_METADATA_SERVICE_ENDPOINT` moves it. In a container it takes a hop limit of 2.

Those that end are renewed in the background, from 5 minutes before that on, and no signed URL
outlives what signed it. They need no more than `s3:GetObject` and `s3:PutObject` on the objects and
`s3:ListBucket` on the bucket, without which stores do not say what is missing. `AWS_CA_BUNDLE`, or
`SSL_CERT_FILE`, names a file of certificates to trust in place of the system's, for the store and
for the token service.

The gcs driver signs with the service account whose JSON key file `GOOGLE_APPLICATION_CREDENTIALS`
names, or with an HMAC key (`VC_GCS_HMAC_ID` and `VC_GCS_HMAC_SECRET`, which win), whose signatures
cost a thousandth of the computing. It may need no more than `storage.objects.get`,
`storage.objects.create` and `storage.objects.list` on the bucket.

The azure driver signs with a key of the storage account, from `VC_AZURE_ACCOUNT` and
`VC_AZURE_ACCOUNT_KEY`, else from `AZURE_STORAGE_CONNECTION_STRING`, else from `AZURE_STORAGE_ACCOUNT`
and `AZURE_STORAGE_KEY`. Its upload tickets are service SAS with the right to create (`sp=c`), which
is refused where there is a blob, and no other right. A SAS signs no headers. So whoever holds an
upload ticket could, once and under that one key, store something of another length, with other
bytes or other metadata than announced, and could take snapshots of the blob that is there. Agents
refuse what does not match its seal; the key is of no use to anybody until that blob is deleted.

)";

LogFormat log_format(std::string_view word) {
  if (word == "auto") {
    return ::isatty(STDERR_FILENO) == 1 ? LogFormat::human : LogFormat::json;
  }
  return word == "json" ? LogFormat::json : LogFormat::human;
}

LogLevel log_level(std::string_view word) {
  constexpr std::array<std::string_view, 4> kWords = {"debug", "info", "warn", "error"};
  return static_cast<LogLevel>(std::ranges::find(kWords, word) - kWords.begin());
}

// B8: no token is never an accident.
Result<std::string> check_token(const OptionValues& values, std::vector<std::string>& warnings) {
  std::string token = values.text("VC_AUTH_TOKEN");
  const bool anonymous = values.boolean("VC_ALLOW_ANONYMOUS");
  if (token.empty() && !anonymous) {
    return fail(Errc::invalid, "VC_AUTH_TOKEN is not set, so nobody could be told from anybody",
                "set VC_AUTH_TOKEN or VC_AUTH_TOKEN_FILE (openssl rand -hex 24 makes a good one), "
                "or VC_ALLOW_ANONYMOUS=true on a network you trust");
  }
  if (anonymous && !token.empty()) {
    return fail(Errc::invalid, "VC_AUTH_TOKEN together with VC_ALLOW_ANONYMOUS=true",
                "decide for one of them");
  }
  const bool printable = std::ranges::all_of(token, [](char c) { return c > ' ' && c < '\x7f'; });
  if (!printable || token.size() > kTokenBytesMax) {
    return fail(Errc::invalid,
                "VC_AUTH_TOKEN must be at most 4096 printable ASCII characters without spaces",
                "no client could send this one");
  }
  if (!token.empty() && token.size() < kTokenBytesWeak) {
    warnings.push_back(fmt::format(
        "VC_AUTH_TOKEN has {} characters and can be guessed; use at least {}: openssl rand -hex 24",
        token.size(), kTokenBytesWeak));
  }
  return token;
}

Result<std::string> public_url(const OptionValues& values) {
  for (const std::string_view name : {"VC_PUBLIC_URL", "VC_BASE_URL"}) {
    if (const std::string url = values.text(name); !url.empty()) {
      auto parsed = parse_public_url(url);
      return parsed ? std::move(parsed)
                    : Result<std::string>(std::unexpected(std::move(parsed).error().within(name)));
    }
  }
  return "";
}

std::size_t count(const OptionValues& values, std::string_view name) {
  return static_cast<std::size_t>(values.integer(name));
}

std::chrono::seconds duration(const OptionValues& values, std::string_view name) {
  return std::chrono::seconds(values.integer(name));
}

}  // namespace

std::span<const Option> option_table() {
  return kOptions;
}

Result<Config> load_config(std::span<const std::string> arguments, const Environment& environment) {
  VC_TRY(OptionValues values, parse_options(kOptions, arguments, environment));
  Config config;
  config.warnings = std::move(values.warnings);
  VC_TRY(config.auth_token, check_token(values, config.warnings));
  VC_TRY(config.public_url, public_url(values));

  config.http.host = values.text("VC_HOST");
  config.http.port = static_cast<std::uint16_t>(values.integer("VC_PORT"));
  config.http.threads = static_cast<unsigned>(values.integer("VC_THREADS"));
  config.http.connections_max = count(values, "VC_MAX_CONNECTIONS");
  config.http.head_timeout = duration(values, "VC_HEAD_TIMEOUT");
  config.http.idle_timeout = duration(values, "VC_IDLE_TIMEOUT");
  config.port_file = values.text("VC_PORT_FILE");

  config.requests_per_second_max = static_cast<double>(values.integer("VC_RATE_LIMIT"));
  config.transfers_max = count(values, "VC_MAX_TRANSFERS");
  config.disk_threads = count(values, "VC_DISK_THREADS");
  config.lookup_threads = count(values, "VC_LOOKUP_THREADS");

  config.storage.driver = values.text("VC_STORAGE_DRIVER");
  config.storage.local = {
      .root = values.text("VC_LOCAL_ROOT"),
      .bytes_max = static_cast<std::uint64_t>(values.integer("VC_LOCAL_MAX_SIZE")),
      .age_max = std::chrono::days(values.integer("VC_RETENTION_DAYS")),
      .object_bytes_max = static_cast<std::uint64_t>(values.integer("VC_MAX_OBJECT_SIZE")),
      .url_key_file = values.text("VC_URL_KEY_FILE")};
  if (config.storage.driver == "s3") {
    VC_CHECK(load_s3_config(values, environment, config.storage));
  }
  if (config.storage.driver == "gcs") {
    VC_CHECK(load_gcs_config(values, environment, config.storage));
  }
  if (config.storage.driver == "azure") {
    VC_CHECK(load_azure_config(values, environment, config.storage));
  }
  config.seal_key_file = values.text("VC_SEAL_KEY_FILE");

  config.log_format = log_format(values.text("VC_LOG_FORMAT"));
  config.log_level = log_level(values.text("VC_LOG_LEVEL"));
  config.shutdown_delay = duration(values, "VC_SHUTDOWN_DELAY");
  config.shutdown_timeout = duration(values, "VC_SHUTDOWN_TIMEOUT");
  return config;
}

std::optional<std::string> answer_at_once(std::span<const std::string> arguments) {
  const auto given = [&](std::string_view flag) {
    return std::ranges::find(arguments, flag) != arguments.end();
  };
  if (given("--help") || given("-h")) {
    return std::string(kUsage) + options_help(kOptions);
  }
  if (given("--version")) {
    return "velocity-server " VC_VERSION "\n";
  }
  if (given("--print-config-docs")) {
    return std::string(kDocsHead) + options_markdown(kOptions);
  }
  return std::nullopt;
}

}  // namespace vc::gateway
