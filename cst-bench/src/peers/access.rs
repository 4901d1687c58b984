//! Who is asked for, and how often: a few again and again, most of them seldom.

use crate::random::Random;

/// The exponent of the distribution: what YCSB takes where nothing is said (Cooper et al.: Benchmarking
/// cloud serving systems with YCSB, 2010).
const EXPONENT: f64 = 0.99;

/// `accesses` numbers below `count`, of which the one of rank r comes up in proportion to
/// 1 / r ^ 0.99 (Zipf's law). Which number has which rank is as random as the order; all is a function of
/// `seed`. Empty where `count` is 0.
#[must_use]
pub fn zipf(count: usize, accesses: usize, seed: u64) -> Vec<usize> {
    let mut random = Random::new(seed);
    let mut ranked: Vec<usize> = (0..count).collect();
    random.shuffle(&mut ranked);
    let mut sum = 0.0;
    let sums: Vec<f64> = (1..=count)
        .map(|rank| {
            sum += (rank as f64).powf(-EXPONENT);
            sum
        })
        .collect();
    let draw = |_| {
        let at = random.unit() * sum;
        ranked.get(sums.partition_point(|&below| below <= at)).or(ranked.last()).copied()
    };
    (0..accesses).map_while(draw).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pattern_is_a_function_of_its_seed() {
        assert_eq!(zipf(100, 1000, 7), zipf(100, 1000, 7));
        assert_ne!(zipf(100, 1000, 7), zipf(100, 1000, 8));
    }

    #[test]
    fn few_come_up_often_and_none_lies_outside() {
        let pattern = zipf(100, 10_000, 7);
        assert_eq!(pattern.len(), 10_000);
        let mut counts = vec![0_u32; 100];
        pattern.iter().for_each(|&number| counts[number] += 1);
        counts.sort_unstable_by(|a, b| b.cmp(a));
        // 1 / (1 + 2^-0.99 + ... + 100^-0.99), which is 0.19, and half of it.
        assert!((1_700..2_100).contains(&counts[0]), "{counts:?}");
        assert!((800..1_100).contains(&counts[1]), "{counts:?}");
        assert!(counts[99] > 0, "{counts:?}");
    }

    #[test]
    fn of_nothing_nothing_comes() {
        assert!(zipf(0, 10, 7).is_empty());
    }
}
