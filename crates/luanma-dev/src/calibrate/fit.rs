//! Logistic regression, weighted and held back a little (L2), by Newton's method.

// Rows and columns of matrices have numbers.
#![allow(clippy::needless_range_loop)]

use luanma::train::FIGURES;

use super::Example;

/// What holds weights back: so much of a square of each.
const RIDGE: f64 = 0.002;
const ROUNDS: usize = 60;
/// The figures that may only speak for a repair: gain in its two parts and gain per character.
const FOR: [usize; 3] = [1, 2, 3];
/// The figures that may only speak against one: cost of what is said, gaps, restored characters, torn words, a
/// character alone, what is no letter, any loss.
const AGAINST: [usize; 7] = [6, 7, 8, 9, 10, 11, 14];

/// The weights under which the examples are likeliest, each with the sign that it must have.
pub(super) fn fit(examples: &[&Example]) -> [f64; FIGURES] {
    let mut free = [true; FIGURES];
    loop {
        let w = newton(examples, free);
        let bad =
            (0..FIGURES).find(|&k| FOR.contains(&k) && w[k] < 0.0 || AGAINST.contains(&k) && w[k] > 0.0);
        match bad {
            Some(k) => free[k] = false,
            None => return w,
        }
    }
}

fn newton(examples: &[&Example], free: [bool; FIGURES]) -> [f64; FIGURES] {
    let mut w = [0.0; FIGURES];
    let mut last = f64::INFINITY;
    let mut pace = 1.0;
    let mut before = w;
    for _ in 0..ROUNDS {
        let mut gradient = [0.0; FIGURES];
        let mut hessian = [[0.0; FIGURES]; FIGURES];
        let mut loss = 0.0;
        for k in 0..FIGURES {
            let ridge = if k == 0 { RIDGE / 100.0 } else { RIDGE };
            gradient[k] = -ridge * w[k];
            hessian[k][k] = ridge;
            loss += ridge * w[k] * w[k] / 2.0;
        }
        for e in examples {
            let x: f64 = e.figures.iter().zip(&w).map(|(f, w)| f * w).sum();
            let p = 1.0 / (1.0 + (e.evidence.doubt() - x).exp());
            let y = if e.right { 1.0 } else { 0.0 };
            loss -= e.weight * if e.right { p.max(1e-300).ln() } else { (1.0 - p).max(1e-300).ln() };
            let curve = e.weight * (p * (1.0 - p)).max(1e-9);
            for k in 0..FIGURES {
                gradient[k] += e.weight * (y - p) * e.figures[k];
                for l in 0..=k {
                    hessian[k][l] += curve * e.figures[k] * e.figures[l];
                }
            }
        }
        if loss > last + 1e-9 {
            // Too far: back half of the way.
            pace /= 2.0;
            for k in 0..FIGURES {
                w[k] = (w[k] + before[k]) / 2.0;
            }
            if pace < 1e-4 {
                break;
            }
            continue;
        }
        if last - loss < 1e-7 {
            break;
        }
        (last, pace, before) = (loss, 1.0, w);
        let step = solve(hessian, gradient, free);
        for k in 0..FIGURES {
            w[k] += step[k];
        }
    }
    w
}

/// x of `a` x = `b`, for the free ones; `a` is symmetric and given by its lower half.
fn solve(mut a: [[f64; FIGURES]; FIGURES], mut b: [f64; FIGURES], free: [bool; FIGURES]) -> [f64; FIGURES] {
    for k in 0..FIGURES {
        for l in k + 1..FIGURES {
            a[k][l] = a[l][k];
        }
    }
    for k in 0..FIGURES {
        if !free[k] {
            for l in 0..FIGURES {
                (a[k][l], a[l][k]) = (0.0, 0.0);
            }
            (a[k][k], b[k]) = (1.0, 0.0);
        }
    }
    for k in 0..FIGURES {
        for l in k + 1..FIGURES {
            let share = a[l][k] / a[k][k];
            for m in k..FIGURES {
                a[l][m] -= share * a[k][m];
            }
            b[l] -= share * b[k];
        }
    }
    let mut x = [0.0; FIGURES];
    for k in (0..FIGURES).rev() {
        let rest: f64 = (k + 1..FIGURES).map(|l| a[k][l] * x[l]).sum();
        x[k] = (b[k] - rest) / a[k][k];
    }
    x
}
