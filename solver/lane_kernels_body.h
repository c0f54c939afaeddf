// The loops of LaneKernels for vectors of LANE_VECTOR_BYTES: included by lane_kernels.cc once per instruction
// set, inside a namespace of its own. No function of another header may be called here: it could be compiled
// for the wrong processor.

typedef double Pack __attribute__((vector_size(LANE_VECTOR_BYTES), may_alias));
constexpr int kPack = LANE_VECTOR_BYTES / 8;
constexpr int kStep =
    2 * kPack;  // lanes that one panel works on at a time: 4 x 2 accumulators stay in registers
static_assert(kLanes % kStep == 0, "lanes come in whole steps");

struct Accumulators {
  Pack sum[4][2];
};

static inline __attribute__((always_inline)) Accumulators panel_product(const double* panel, int n_cols,
                                                                        const int* columns, const Lanes* x,
                                                                        int lane) {
  Accumulators a{};
  for (int k = 0; k < n_cols; ++k, panel += 4) {
    const Pack* in = reinterpret_cast<const Pack*>(x[columns[k]].value + lane);
    const Pack in0 = in[0], in1 = in[1];
#pragma GCC unroll 4
    for (int r = 0; r < 4; ++r) {
      a.sum[r][0] += panel[r] * in0;
      a.sum[r][1] += panel[r] * in1;
    }
  }
  return a;
}

static void product(const double* panels, int n_rows, int n_cols, const int* columns, const Lanes* x,
                    Lanes* out) {
  for (int lane = 0; lane < kLanes; lane += kStep) {
    const double* panel = panels;
    for (int i = 0; i < n_rows; i += 4, panel += 4 * n_cols) {
      const Accumulators a = panel_product(panel, n_cols, columns, x, lane);
#pragma GCC unroll 4
      for (int r = 0; r < 4; ++r) {
        if (i + r >= n_rows) break;
        Pack* to = reinterpret_cast<Pack*>(out[i + r].value + lane);
        to[0] = a.sum[r][0];
        to[1] = a.sum[r][1];
      }
    }
  }
}

static void subtract_product(const double* panels, int n_rows, int n_cols, const int* columns,
                             const int* rows, Lanes* x) {
  for (int lane = 0; lane < kLanes; lane += kStep) {
    const double* panel = panels;
    for (int i = 0; i < n_rows; i += 4, panel += 4 * n_cols) {
      const Accumulators a = panel_product(panel, n_cols, columns, x, lane);
#pragma GCC unroll 4
      for (int r = 0; r < 4; ++r) {
        if (i + r >= n_rows) break;
        Pack* to = reinterpret_cast<Pack*>(x[rows[i + r]].value + lane);
        to[0] -= a.sum[r][0];
        to[1] -= a.sum[r][1];
      }
    }
  }
}

static void subtract_squares(int n_rows, const int* row_begin, const int* columns, const double* values,
                             const double* constant, const Lanes* x, Lanes* out) {
  for (int i = 0; i < n_rows; ++i)
    for (int lane = 0; lane < kLanes; lane += kPack) {
      Pack sum = Pack{} + constant[i];
      for (int k = row_begin[i]; k < row_begin[i + 1]; ++k) {
        const Pack in = *reinterpret_cast<const Pack*>(x[columns[k]].value + lane);
        sum -= values[k] * (in * in);
      }
      *reinterpret_cast<Pack*>(out[i].value + lane) = sum;
    }
}

static void advance(int n_rows, const double* base, const Lanes* next, Lanes* x, Lanes& change, Lanes& size,
                    Lanes& lowest) {
  for (int lane = 0; lane < kLanes; lane += kPack) {
    Pack largest_change{}, largest{}, smallest = Pack{} + 1e300, not_finite{};
    for (int i = 0; i < n_rows; ++i) {
      const Pack to = *reinterpret_cast<const Pack*>(next[i].value + lane);
      Pack* from = reinterpret_cast<Pack*>(x[i].value + lane);
      const Pack difference = to - *from, full = base[i] + to;
      const Pack distance = difference < 0 ? -difference : difference, magnitude = full < 0 ? -full : full;
      largest_change = distance > largest_change ? distance : largest_change;
      largest = magnitude > largest ? magnitude : largest;
      smallest = full < smallest ? full : smallest;
      not_finite += difference * 0;  // comparisons lose a NaN, sums keep it
      *from = to;
    }
    *reinterpret_cast<Pack*>(change.value + lane) = largest_change + not_finite;
    *reinterpret_cast<Pack*>(size.value + lane) = largest;
    *reinterpret_cast<Pack*>(lowest.value + lane) = smallest;
  }
}
