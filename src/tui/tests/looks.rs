use super::fleet::World;
use super::harness::Harness;

#[test]
fn eyes() {
    for (w, h) in [(80, 24), (120, 40), (200, 60)] {
        let mut it = Harness::busy(w, h);
        println!("== dashboard {w}x{h}\n{}", it.screen());
        it.keys("enter");
        println!("== offboarding {w}x{h}\n{}", it.screen());
        it.keys("esc 5");
        println!("== approvals {w}x{h}\n{}", it.screen());
    }
    let _ = World::empty();
}
