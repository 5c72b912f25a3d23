#include "driver_contract.hpp"

#include "net/http_client.hpp"
#include "storage/testing/artifacts.hpp"
#include "storage/url_signer.hpp"
#include "wire/vcmeta.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <latch>
#include <string>
#include <thread>
#include <vector>

namespace vc::storage {
namespace {

using namespace std::chrono_literals;

constexpr int kWriters = 64;
const std::string kVcmeta = "eyJzY29wZSI6ImRlZmF1bHQifQ";

}  // namespace

void DriverContract::expect_nothing(const wire::ObjectKey& key) {
  EXPECT_FALSE(has(driver(), key));
  EXPECT_EQ(fetch(driver(), key), std::nullopt);
}

Errc DriverContract::refusal(const wire::ObjectKey& key, std::string_view body,
                             const UploadTerms& terms) {
  const auto spool = driver().spool(std::nullopt);
  EXPECT_TRUE(spool);
  EXPECT_TRUE((*spool)->write(as_bytes(body)));
  const auto stored = (*spool)->commit(key, terms, PutMode::create_only);
  EXPECT_FALSE(stored);
  return stored ? Errc::io : stored.error().code;
}

TEST_P(DriverContract, AnAbsentArtifactIsNoError) {
  const auto info = driver().head(key_of("absent"), Deadline::max());
  ASSERT_TRUE(info) << info.error().message;
  EXPECT_FALSE(*info);
  const auto opened = driver().open(key_of("absent"));
  ASSERT_TRUE(opened) << opened.error().message;
  EXPECT_FALSE(*opened);
}

TEST_P(DriverContract, AStoredArtifactIsSeenWithItsSizeAndMetadata) {
  ASSERT_EQ(*store(driver(), key_of("a"), "body", kVcmeta), Stored::created);
  const auto info = driver().head(key_of("a"), Deadline::max());
  ASSERT_TRUE(info && *info);
  EXPECT_EQ((*info)->size_bytes, 4U);
  EXPECT_EQ((*info)->vcmeta, kVcmeta);
  const auto opened = driver().open(key_of("a"));
  ASSERT_TRUE(opened && *opened);
  EXPECT_EQ(content_of((*opened)->content), "body");
  EXPECT_EQ((*opened)->vcmeta, kVcmeta);
  EXPECT_FALSE((*opened)->etag.empty());
  EXPECT_EQ(driver().presence(key_of("a")), Presence::maybe);
}

TEST_P(DriverContract, AnArtifactWrittenInPiecesIsOneArtifact) {
  const auto spool = driver().spool(std::nullopt);
  ASSERT_TRUE(spool);
  std::string body;
  for (int i = 0; i < 300; ++i) {
    const std::string piece(static_cast<std::size_t>(i), static_cast<char>('a' + i % 26));
    ASSERT_TRUE((*spool)->write(as_bytes(piece)));
    body += piece;
  }
  EXPECT_EQ(*(*spool)->commit(key_of("a"), {.sha256 = sha256(body)}, PutMode::create_only),
            Stored::created);
  EXPECT_EQ(fetch(driver(), key_of("a")), body);
}

// B4
TEST_P(DriverContract, TheSecondUploadIsToldSoAndChangesNothing) {
  ASSERT_EQ(*store(driver(), key_of("a"), "first", kVcmeta), Stored::created);
  EXPECT_EQ(*store(driver(), key_of("a"), "second", "other"), Stored::exists);
  EXPECT_EQ(*store(driver(), key_of("a"), "first", kVcmeta), Stored::exists);
  EXPECT_EQ(fetch(driver(), key_of("a")), "first");
  EXPECT_EQ((*driver().head(key_of("a"), Deadline::max()))->vcmeta, kVcmeta);
}

// B4: whoever wins, it is one, and what readers see never changes.
TEST_P(DriverContract, OfManyWritersAtOnceExactlyOneWins) {
  if (GetParam().overwrites_in_races) {
    GTEST_SKIP() << "declared deviation: overwrites_in_races";
  }
  const wire::ObjectKey key = key_of("raced");
  const auto body_of = [](int writer) { return std::string(50'000, static_cast<char>(writer)); };
  std::atomic<int> created = 0;
  std::atomic<int> existed = 0;
  std::atomic<int> winner = -1;
  std::latch start(kWriters);
  {
    std::vector<std::jthread> writers;
    for (int writer = 0; writer < kWriters; ++writer) {
      writers.emplace_back([&, writer] {
        const auto spool = driver().spool(std::nullopt);
        ASSERT_TRUE(spool);
        ASSERT_TRUE((*spool)->write(as_bytes(body_of(writer))));
        start.arrive_and_wait();
        const auto stored = (*spool)->commit(key, {}, PutMode::create_only);
        ASSERT_TRUE(stored) << stored.error().message;
        if (*stored == Stored::created) {
          ++created;
          winner = writer;
        } else {
          ++existed;
        }
        // Whoever has been answered sees the winner, whole.
        const auto seen = fetch(driver(), key);
        ASSERT_TRUE(seen);
        EXPECT_EQ(*seen, std::string(50'000, seen->front()));
      });
    }
  }
  EXPECT_EQ(created, 1);
  EXPECT_EQ(existed, kWriters - 1);
  EXPECT_EQ(fetch(driver(), key), body_of(winner));
  EXPECT_EQ(*store(driver(), key, "late"), Stored::exists);
  EXPECT_EQ(fetch(driver(), key), body_of(winner));
}

TEST_P(DriverContract, ManyWritersOfManyKeysAllSucceed) {
  std::vector<std::jthread> writers;
  for (int writer = 0; writer < kWriters; ++writer) {
    writers.emplace_back([this, writer] {
      for (int i = 0; i < 4; ++i) {
        const std::string name = std::to_string(writer) + "." + std::to_string(i);
        EXPECT_EQ(*store(driver(), key_of(name), name), Stored::created);
        EXPECT_EQ(fetch(driver(), key_of(name)), name);
      }
    });
  }
}

// B24
TEST_P(DriverContract, AnAbandonedUploadLeavesNothing) {
  {
    const auto spool = driver().spool(10);
    ASSERT_TRUE(spool);
    ASSERT_TRUE((*spool)->write(as_bytes("12345")));
  }
  expect_nothing(key_of("a"));
  EXPECT_EQ(*store(driver(), key_of("a"), "after"), Stored::created);
}

// B24
TEST_P(DriverContract, AnUnfinishedUploadIsInvisible) {
  const auto spool = driver().spool(5);
  ASSERT_TRUE(spool);
  ASSERT_TRUE((*spool)->write(as_bytes("12345")));
  expect_nothing(key_of("a"));
}

// B11, B24: whatever is not what was announced is refused, and the key stays free.
TEST_P(DriverContract, ABodyThatIsNotWhatWasAnnouncedLeavesNothing) {
  const wire::ObjectKey key = key_of("a");
  EXPECT_EQ(refusal(key, "12345", {.size_bytes = 6}), Errc::corrupt);
  EXPECT_EQ(refusal(key, "12345", {.size_bytes = 4}), Errc::corrupt);
  EXPECT_EQ(refusal(key, "12345", {.size_bytes = 0}), Errc::corrupt);
  EXPECT_EQ(refusal(key, "12345", {.sha256 = sha256("12346")}), Errc::corrupt);
  EXPECT_EQ(refusal(key, "12345", {.size_bytes = 5, .sha256 = Digest()}), Errc::corrupt);
  EXPECT_EQ(refusal(key, "", {.size_bytes = 1}), Errc::corrupt);
  expect_nothing(key);
  EXPECT_EQ(*store(driver(), key, "12345"), Stored::created);
}

TEST_P(DriverContract, ABodyShorterThanTheSpoolWasOpenedForLeavesNothing) {
  const auto spool = driver().spool(6);
  ASSERT_TRUE(spool);
  ASSERT_TRUE((*spool)->write(as_bytes("12345")));
  const auto stored = (*spool)->commit(key_of("a"), {}, PutMode::create_only);
  ASSERT_FALSE(stored);
  EXPECT_EQ(stored.error().code, Errc::corrupt);
  expect_nothing(key_of("a"));
}

TEST_P(DriverContract, ABodyLongerThanTheSpoolWasOpenedForLeavesNothing) {
  const auto spool = driver().spool(4);
  ASSERT_TRUE(spool);
  auto written = (*spool)->write(as_bytes("12345"));
  if (written) {
    const auto stored = (*spool)->commit(key_of("a"), {}, PutMode::create_only);
    ASSERT_FALSE(stored);
    EXPECT_EQ(stored.error().code, Errc::corrupt);
  } else {
    EXPECT_EQ(written.error().code, Errc::corrupt);
  }
  expect_nothing(key_of("a"));
}

TEST_P(DriverContract, AnEmptyArtifactIsAnArtifact) {
  ASSERT_EQ(*store(driver(), key_of("empty"), ""), Stored::created);
  EXPECT_TRUE(has(driver(), key_of("empty")));
  EXPECT_EQ(fetch(driver(), key_of("empty")), "");
  EXPECT_EQ(*store(driver(), key_of("empty"), "more"), Stored::exists);
}

TEST_P(DriverContract, TheLargestArtifactFitsAndOneByteMoreDoesNot) {
  const std::string largest(kObjectBytesMax, 'x');
  ASSERT_EQ(driver().limits().object_bytes_max, kObjectBytesMax);
  EXPECT_EQ(*store(driver(), key_of("largest"), largest), Stored::created);
  EXPECT_EQ(fetch(driver(), key_of("largest")), largest);

  const auto announced = driver().spool(kObjectBytesMax + 1);
  ASSERT_FALSE(announced);
  EXPECT_EQ(announced.error().code, Errc::too_large);

  const auto spool = driver().spool(std::nullopt);
  ASSERT_TRUE(spool);
  ASSERT_TRUE((*spool)->write(as_bytes(largest)));
  const auto one_more = (*spool)->write(as_bytes("x"));
  ASSERT_FALSE(one_more);
  EXPECT_EQ(one_more.error().code, Errc::too_large);
  expect_nothing(key_of("too large"));

  EXPECT_TRUE(driver().sign_put(key_of("b"), {.size_bytes = kObjectBytesMax}, 15min));
  const auto ticket = driver().sign_put(key_of("b"), {.size_bytes = kObjectBytesMax + 1}, 15min);
  ASSERT_FALSE(ticket);
  EXPECT_EQ(ticket.error().code, Errc::too_large);
}

TEST_P(DriverContract, TheLongestMetadataFitsAndOneByteMoreDoesNot) {
  const std::string longest(wire::kVcmetaBytesMax, 'm');
  EXPECT_EQ(*store(driver(), key_of("a"), "body", longest), Stored::created);
  EXPECT_EQ((*driver().head(key_of("a"), Deadline::max()))->vcmeta, longest);
  EXPECT_TRUE(driver().sign_put(key_of("a"), {.size_bytes = 4, .vcmeta = longest}, 15min));

  EXPECT_FALSE(store(driver(), key_of("b"), "body", longest + 'm'));
  expect_nothing(key_of("b"));
  EXPECT_FALSE(driver().sign_put(key_of("b"), {.size_bytes = 4, .vcmeta = longest + 'm'}, 15min));
}

// What is put into a header, a query and a file must not be able to end any of them.
TEST_P(DriverContract, MetadataIsBase64urlOrRefused) {
  for (const std::string_view vcmeta :
       {"a b", "a=", "a+b", "a/b", "a&size=1", "a\r\nX: y", "%41"}) {
    const UploadTerms terms{.size_bytes = 4, .vcmeta = std::string(vcmeta)};
    EXPECT_FALSE(driver().sign_put(key_of("a"), terms, 15min)) << vcmeta;
    EXPECT_FALSE(store(driver(), key_of("a"), "body", terms.vcmeta)) << vcmeta;
  }
  expect_nothing(key_of("a"));
}

TEST_P(DriverContract, WhatWasStoredIsThereForTheNextHandle) {
  if (GetParam().forgets_on_reopen) {
    GTEST_SKIP() << "declared deviation: forgets_on_reopen";
  }
  ASSERT_TRUE(store(driver(), key_of("a"), "body", kVcmeta));
  store_->reopen();
  EXPECT_EQ(fetch(driver(), key_of("a")), "body");
  EXPECT_EQ((*driver().head(key_of("a"), Deadline::max()))->vcmeta, kVcmeta);
  EXPECT_EQ(*store(driver(), key_of("a"), "other"), Stored::exists);
  EXPECT_EQ(fetch(driver(), key_of("a")), "body");
}

// The same key in scopes that look alike, or are parts of each other, is another artifact.
TEST_P(DriverContract, ScopesDoNotSeeEachOther) {
  const std::array<std::string_view, 9> scopes = {"a",   "a/b",      "a/b/c",   "a.b",    "a_b",
                                                  "a-b", "velocity", "pr/1/17", "pr/11/7"};
  for (const std::string_view scope : scopes) {
    const wire::ObjectKey key = key_of("same", scope);
    EXPECT_FALSE(has(driver(), key)) << scope;
    EXPECT_EQ(*store(driver(), key, scope), Stored::created) << scope;
  }
  for (const std::string_view scope : scopes) {
    EXPECT_EQ(fetch(driver(), key_of("same", scope)), scope);
  }
}

TEST_P(DriverContract, NamespacesDoNotSeeEachOther) {
  const wire::Scope scope = *wire::Scope::parse("default");
  const std::string name = sha256("same").hex();
  ASSERT_TRUE(store(driver(), *wire::ObjectKey::create(scope, "turbo", name), "turbo"));
  expect_nothing(key_of("same"));
  expect_nothing(*wire::ObjectKey::create(scope, "nx", name));
}

TEST_P(DriverContract, WhereOverwritingIsAllowedItIsWhole) {
  const wire::ObjectKey key =
      *wire::ObjectKey::create(*wire::Scope::parse("default"), "ccache", "manifest");
  ASSERT_EQ(*store(driver(), key, "first", "", PutMode::replace), Stored::created);
  const auto before = driver().open(key);
  ASSERT_TRUE(before && *before);
  EXPECT_EQ(*store(driver(), key, "second, longer", "bQ", PutMode::replace), Stored::created);
  EXPECT_EQ(fetch(driver(), key), "second, longer");
  EXPECT_EQ((*driver().head(key, Deadline::max()))->vcmeta, "bQ");
  EXPECT_EQ(content_of((*before)->content), "first") << "a reader keeps what it opened";
  EXPECT_EQ(*store(driver(), key, "third"), Stored::exists) << "create_only stays create_only";
}

// B4: in the native namespace there is no way to change an artifact, whoever asks.
TEST_P(DriverContract, NativeArtifactsAreNeverReplaced) {
  ASSERT_TRUE(store(driver(), key_of("a"), "first"));
  for (const std::string_view name : {"a", "b"}) {
    const auto replaced = store(driver(), key_of(name), "second", "", PutMode::replace);
    ASSERT_FALSE(replaced) << name;
    EXPECT_EQ(replaced.error().code, Errc::denied);
  }
  EXPECT_EQ(fetch(driver(), key_of("a")), "first");
  expect_nothing(key_of("b"));
}

TEST_P(DriverContract, TicketsComeBackAsTheGrantsTheyWere) {
  const UrlSigner* signer = driver().url_signer();
  if (signer == nullptr) {
    GTEST_SKIP() << "this store verifies its tickets itself";
  }
  const UploadTerms terms{.size_bytes = 4, .sha256 = sha256("body"), .vcmeta = kVcmeta};
  const auto put = driver().sign_put(key_of("a"), terms, 15min);
  ASSERT_TRUE(put);
  const auto grant = signer->verify(put->method, put->url);
  ASSERT_TRUE(grant) << grant.error().message;
  EXPECT_EQ(grant->key, key_of("a"));
  EXPECT_EQ(grant->terms.size_bytes, 4U);
  EXPECT_EQ(grant->terms.sha256, sha256("body"));
  EXPECT_EQ(grant->terms.vcmeta, kVcmeta);

  const auto get = driver().sign_get(key_of("a"), 15min);
  ASSERT_TRUE(get);
  EXPECT_EQ(signer->verify(get->method, get->url)->key, key_of("a"));
  EXPECT_FALSE(signer->verify("PUT", get->url));
  clock_.advance(15min);
  EXPECT_FALSE(signer->verify(get->method, get->url));
  EXPECT_FALSE(signer->verify(put->method, put->url));
}

// B4, B24: a ticket is good until it expires, but what it can do it can do once.
TEST_P(DriverContract, AReplayedUploadTicketIsRefusedByTheStore) {
  const UrlSigner* signer = driver().url_signer();
  if (signer == nullptr) {
    GTEST_SKIP() << "this store verifies its tickets itself";
  }
  const auto ticket = driver().sign_put(key_of("a"), {}, 15min);
  ASSERT_TRUE(ticket);
  const auto use = [&](std::string_view body) {
    const auto grant = signer->verify(ticket->method, ticket->url);
    EXPECT_TRUE(grant);
    const auto spool = driver().spool(body.size());
    EXPECT_TRUE(spool && (*spool)->write(as_bytes(body)));
    return *(*spool)->commit(grant->key, grant->terms, PutMode::create_only);
  };
  EXPECT_EQ(use("honest"), Stored::created);
  EXPECT_EQ(use("poison"), Stored::exists);
  EXPECT_EQ(fetch(driver(), key_of("a")), "honest");
}

// B4, B11: whoever has a ticket can store what it was signed for and nothing else.
TEST_P(DriverContract, AnUploadTicketIsForItsLengthAndItsMetadata) {
  if (driver().url_signer() != nullptr) {
    GTEST_SKIP() << "the gateway verifies the tickets of this store";
  }
  const auto stores = [&](std::string_view name, std::string body, bool with_metadata) {
    const auto ticket =
        driver().sign_put(key_of(name), {.size_bytes = 4, .vcmeta = kVcmeta}, 15min);
    EXPECT_TRUE(ticket) << ticket.error().message;
    net::ClientRequest request{.method = "PUT", .url = ticket->url, .body = std::move(body)};
    for (const auto& [header, value] : ticket->headers) {
      if (header != "Content-Length" && (with_metadata || value != kVcmeta)) {
        request.headers.add(header, value);  // The length is the body's own.
      }
    }
    const auto response = net::make_http_client()->send(request);
    EXPECT_TRUE(response) << response.error().message;
    EXPECT_EQ(response->status < 300, has(driver(), key_of(name)));
    return response->status < 300;
  };
  EXPECT_TRUE(stores("as signed", "body", true));
  EXPECT_EQ(stores("longer", "longer body", true), GetParam().tickets_bind_no_headers);
  EXPECT_EQ(stores("without metadata", "body", false), GetParam().tickets_bind_no_headers);
  if (GetParam().tickets_bind_no_headers) {
    GTEST_SKIP() << "declared deviation: tickets_bind_no_headers";
  }
}

TEST_P(DriverContract, AWorkingStoreIsReady) {
  const auto ready = driver().check();
  EXPECT_TRUE(ready) << ready.error().message;
}

}  // namespace vc::storage
