#pragma once

#include <memory>

namespace at {
class Tensor;
}

namespace scorefem::diffusion {

/// s/m at which samplers take what is left of the noise for nothing: a standard deviation that is ten times
/// as large comes out right to half a percent.
inline constexpr double kSmallestRatio = 1e-4;

/// Members of the family of forward processes dp/dt = (b/2) div(x p) + (g^2/2) lap p on t in [0, 1] (paper,
/// sections 2 and 4).
enum class ProcessFamily {
  ve_geometric,  //!< m = 1, g^2 = a^(2t), s^2 = (a^(2t) - 1) / (2 ln a)
  ve_linear,     //!< m = 1, s = s_min + t (s_max - s_min)
  vp,            //!< b = b_min + t (b_max - b_min), s^2 = (1 - m^k)^(2/k) (paper, Eq. 13 and Appendix A)
  vp_straight  //!< b = 2 / (1 - t): m = 1 - t, s as above; k = 1 is the straight path s = t of flow matching
};

/// Which forward process; each family reads only its own fields.
struct ProcessOptions {
  ProcessFamily family = ProcessFamily::ve_geometric;
  double amplitude = 5.0;  //!< a of ve_geometric, > 1
  double s_min = 0.01;     //!< s(0) of ve_linear, >= 0
  double s_max = 5.0;      //!< s(1) of ve_linear, > s_min
  double b_min = 0.001;    //!< b(0) of vp, >= 0
  double b_max = 15.0;     //!< b(1) of vp, > b_min
  double k = 2.0;  //!< exponent of vp and vp_straight, > 0; 2 is the well-known variance-preserving process

  /// Throws std::invalid_argument naming the value and what is allowed.
  void validate() const;
};

/// A forward process with Gaussian kernel: x_t = m x_0 + s z, z ~ N(0, I); d(s^2)/dt = -b s^2 + g^2, dm/dt =
/// -b m / 2. All functions take t in [0, 1]; b and g^2 of vp_straight are infinite at t = 1, and g^2 of k > 2
/// at t = 0.
class Process {
 public:
  virtual ~Process() = default;
  virtual double mean(double t) const = 0;    //!< m(t)
  virtual double stddev(double t) const = 0;  //!< s(t)
  /// The same of each t, float64 on the tensor's device.
  virtual at::Tensor mean(const at::Tensor& t) const = 0;
  virtual at::Tensor stddev(const at::Tensor& t) const = 0;
  virtual double drift(double t) const = 0;              //!< b(t)
  virtual double diffusion_squared(double t) const = 0;  //!< g^2(t)
  /// s/m, which grows with t.
  double ratio(double t) const { return stddev(t) / mean(t); }
  /// The t at which s/m equals `ratio` >= 0, clamped to [0, 1].
  virtual double time_of_ratio(double ratio) const = 0;
  /// Where samplers start: 1, or just below it where b(1) is infinite.
  virtual double start_time() const { return 1.0; }
};

/// Validates the options and makes the process.
std::unique_ptr<Process> make_process(const ProcessOptions& options);

}  // namespace scorefem::diffusion
