// LocalCacheTest: a local cache in a temporary directory, with a clock of its own.
#pragma once

#include "agent/local_cache.hpp"
#include "agent/testing/artifacts.hpp"
#include "agent/testing/tree.hpp"
#include "core/temp_dir.hpp"
#include "core/testing/fake_clock.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace vc::agent {

inline Digest key_number(int number) {
  return sha256("key " + std::to_string(number));
}

inline std::string content_number(int number) {
  return "the archive of " + std::to_string(number) + std::string(1000, 'x');
}

struct LocalCacheTest : ::testing::Test {
  TempDir temp = TempDir::create().value();
  fs::path directory = temp.path() / "cache";
  FakeClock clock;

  std::unique_ptr<LocalCache> open(LocalCacheLimits limits = {}, std::string_view tier = "aaaa") {
    auto cache = LocalCache::open(directory, tier, limits, clock);
    EXPECT_TRUE(cache) << cache.error().message;
    return *std::move(cache);
  }

  static Result<void> try_publish(LocalCache& cache, const Digest& key, std::string_view bytes,
                                  std::string_view vcmeta = "") {
    VC_TRY(const auto writer, cache.writer());
    VC_CHECK(write_all(writer->fd(), as_bytes(bytes)));
    return writer->publish(key, sha256(bytes), bytes.size(), vcmeta);
  }

  static void publish(LocalCache& cache, int number) {
    const auto published = try_publish(cache, key_number(number), content_number(number));
    EXPECT_TRUE(published) << published.error().message;
  }

  // nullopt when there is no such entry; reads it the way a restore does.
  static std::optional<std::string> content(LocalCache& cache, const Digest& key) {
    const auto found = cache.find(key);
    EXPECT_TRUE(found);
    if (!found || !*found) {
      return std::nullopt;
    }
    std::string bytes((*found)->archive_bytes + 1, '\0');
    const auto size = archive_source(**found)(std::as_writable_bytes(std::span(bytes))).value();
    bytes.resize(size);
    EXPECT_EQ(sha256(bytes), (*found)->sha256);
    return bytes;
  }

  static bool has(LocalCache& cache, int number) {
    return content(cache, key_number(number)) == content_number(number);
  }

  fs::path entry_path(const Digest& key, std::string_view tier = "aaaa") const {
    return directory / "v1" / tier / key.hex().substr(0, 2) / (key.hex() + ".tar.zst");
  }

  Tree temporaries() const { return read_tree(directory / "v1/.tmp"); }
};

}  // namespace vc::agent
