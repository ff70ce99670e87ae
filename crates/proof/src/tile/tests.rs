//! Paths of tiles against the specification's examples and against another implementation.

use proptest::prelude::*;

use super::*;

#[test]
fn examples_of_the_specification() {
    let path = |level, index, width| TileId::new(level, index, width).unwrap().path();
    assert_eq!(path(0, 1_234_067, 256), "tile/0/x001/x234/067");
    assert_eq!(path(0, 273, 112), "tile/0/273.p/112");
    assert_eq!(path(1, 1, 17), "tile/1/001.p/17");
    assert_eq!(path(2, 0, 1), "tile/2/000.p/1");
    assert_eq!(path(0, 1000, 256), "tile/0/x001/000");
}

#[test]
fn one_tile_has_one_path() {
    let form = [
        "",
        "tile",
        "tile/0",
        "tile/0/",
        "tile/00/000",
        "tile/0/0",
        "tile/0/0000",
        "tile/0/x000/001",
        "tile/0/001/002",
        "tile/0/x001",
        "tile/0/000.p/0256",
        "tile/0/000.p/256",
        "tile/0/000.p/",
        "tile/0/000.p/+1",
        "tile/+1/000",
        "/tile/0/000",
        "tile/0/000/",
        "tile/0/-01",
        "tile/0/000.p/1.p/1",
        "tile/0/x001/",
        "tile/0/٠٠٠",
    ];
    for path in form {
        assert_eq!(TileId::parse(path), Err(TileError::Form), "{path}");
    }
    let beyond = [
        "tile/0/000.p/0",
        "tile/0/000.p/257",
        "tile/8/000",
        "tile/63/000",
        "tile/0/x999/x999/x999/x999/x999/x999/x999/999",
        "tile/7/000.p/256000",
        "tile/7/001",
    ];
    for path in beyond {
        assert_eq!(TileId::parse(path), Err(TileError::OutOfRange), "{path}");
    }
}

#[test]
fn leaves_of_a_tile() {
    assert_eq!(TileId::new(0, 3, 7).unwrap().leaves(), 768..775);
    assert_eq!(TileId::new(1, 1, 2).unwrap().leaves(), 65_536..66_048);
    assert_eq!(TileId::new(7, 0, 255).unwrap().leaves(), 0..255 << 56);
    assert_eq!(TileId::new(7, 0, 256), Err(TileError::OutOfRange));
}

proptest! {
    #[test]
    fn paths_agree_with_another_implementation(level in 0_u8..7, index in 0_u64..1 << 40, width in 1_u16..=256) {
        let Ok(tile) = TileId::new(level, index, width) else { return Ok(()) };
        // The other one has the height of its tiles in the path, which c2sp.org/tlog-tiles has not.
        let other = tlog_tiles::Tile::new(8, level, index, width.into(), false).path();
        prop_assert_eq!(tile.path(), other.replacen("tile/8/", "tile/", 1));
        prop_assert_eq!(TileId::parse(&tile.path()), Ok(tile));
    }

    #[test]
    fn any_text_is_read_or_refused(path in "(tile/)?[0-9x/.p]{0,24}|\\PC{0,20}") {
        if let Ok(tile) = TileId::parse(&path) {
            prop_assert_eq!(tile.path(), path);
        }
    }
}
