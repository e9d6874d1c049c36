#include "base/histogram.h"

#include <algorithm>
#include <string>
#include <vector>

#include "gtest/gtest.h"

#include "base/rng.h"

namespace warren::base {
namespace {

// The definition, on the samples themselves.
uint64_t ExactQuantile(std::vector<uint64_t> samples, uint32_t parts_per_million) {
  std::sort(samples.begin(), samples.end());
  const uint64_t wanted = (samples.size() * parts_per_million + 999'999) / 1'000'000;
  return samples[wanted == 0 ? 0 : wanted - 1];
}

void ExpectCloseTo(uint64_t reported, uint64_t exact, const std::string& what) {
  EXPECT_GE(reported, exact) << what;
  EXPECT_LE(reported - exact, exact / 64) << what;
}

TEST(HistogramTest, EmptyOneAnswersZero) {
  const Histogram histogram;
  EXPECT_EQ(histogram.count(), 0u);
  EXPECT_EQ(histogram.Min(), 0u);
  EXPECT_EQ(histogram.Max(), 0u);
  EXPECT_EQ(histogram.Mean(), 0);
  EXPECT_EQ(histogram.Quantile(Histogram::kP99), 0u);
}

TEST(HistogramTest, SmallValuesAreExact) {
  Histogram histogram;
  for (uint64_t value = 1; value <= 100; ++value) histogram.Record(value);
  EXPECT_EQ(histogram.Quantile(Histogram::kP50), 50u);
  EXPECT_EQ(histogram.Quantile(Histogram::kP90), 90u);
  EXPECT_EQ(histogram.Quantile(Histogram::kP99), 99u);
  EXPECT_EQ(histogram.Quantile(Histogram::kP999), 100u);
  EXPECT_EQ(histogram.Quantile(990'001), 100u);
  EXPECT_EQ(histogram.Quantile(0), 1u);
  EXPECT_EQ(histogram.Quantile(1'000'000), 100u);
  EXPECT_DOUBLE_EQ(histogram.Mean(), 50.5);
}

TEST(HistogramTest, QuantilesAreWithinOnePartIn64OfSortedSamples) {
  Rng rng(1);
  for (const uint64_t width : {4u, 8u, 16u, 30u, 45u, 63u}) {
    Histogram histogram;
    std::vector<uint64_t> samples;
    for (int i = 0; i < 20'000; ++i) {
      // A long tail: most values are small, some use the whole width.
      const uint64_t value = rng.Next() >> (64 - rng.Between(1, width));
      histogram.Record(value);
      samples.push_back(value);
    }
    for (const uint32_t ppm : {1u, 100'000u, Histogram::kP50, Histogram::kP90, Histogram::kP99,
                               Histogram::kP999, Histogram::kP9999, 1'000'000u}) {
      ExpectCloseTo(histogram.Quantile(ppm), ExactQuantile(samples, ppm),
                    std::to_string(width) + " bits, " + std::to_string(ppm) + " ppm");
    }
    EXPECT_EQ(histogram.Min(), *std::min_element(samples.begin(), samples.end()));
    EXPECT_EQ(histogram.Max(), *std::max_element(samples.begin(), samples.end()));
  }
}

// Alone in a histogram with something larger, so that Max() does not hide a wrong bucket.
TEST(HistogramTest, EveryBucketEdgeIsWithinBounds) {
  for (int bit = 0; bit < 64; ++bit) {
    for (const int64_t step : {-1, 0, 1}) {
      const uint64_t value = (uint64_t{1} << bit) + static_cast<uint64_t>(step);
      Histogram histogram;
      histogram.Record(value);
      histogram.Record(UINT64_MAX);
      ExpectCloseTo(histogram.Quantile(Histogram::kP50), value, std::to_string(value));
    }
  }
}

TEST(HistogramTest, LargestValueFits) {
  Histogram histogram;
  histogram.Record(UINT64_MAX, 3);
  histogram.Record(0);
  EXPECT_EQ(histogram.Quantile(Histogram::kP50), UINT64_MAX);
  EXPECT_EQ(histogram.Quantile(250'000), 0u);
  EXPECT_NEAR(histogram.Mean(), 0.75 * static_cast<double>(UINT64_MAX), 1e4);
}

TEST(HistogramTest, RecordWithCountIsRecordingRepeatedly) {
  Histogram at_once;
  Histogram one_by_one;
  at_once.Record(1234, 50);
  at_once.Record(99, 0);
  for (int i = 0; i < 50; ++i) one_by_one.Record(1234);
  EXPECT_EQ(at_once, one_by_one);
  EXPECT_EQ(at_once.Min(), 1234u);
}

TEST(HistogramTest, MergeIsRecordingIntoOne) {
  Rng rng(2);
  Histogram parts[3];
  Histogram whole;
  for (int i = 0; i < 3000; ++i) {
    const uint64_t value = rng.Below(uint64_t{1} << (1 + i % 40));
    parts[i % 3].Record(value);
    whole.Record(value);
  }
  Histogram merged;
  for (const Histogram& part : parts) merged.Merge(part);
  EXPECT_EQ(merged, whole);
  merged.Merge(Histogram());
  EXPECT_EQ(merged, whole);
  merged.Clear();
  EXPECT_EQ(merged, Histogram());
}

TEST(HistogramDeathTest, QuantileAboveAMillionStopsTheProcess) {
  EXPECT_DEATH(Histogram().Quantile(1'000'001), "check failed");
}

}  // namespace
}  // namespace warren::base
